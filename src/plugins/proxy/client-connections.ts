import type { Socket } from 'node:net'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { Outcome, Stats } from '../../gateway/plugin.ts'
import { type ClientShareRules, createClientShares } from './client-shares.ts'
import { refuseAtOnce, refuseLingering } from './closing.ts'
import { refusedOutcome } from './outcomes.ts'
import { addressOf } from './peer.ts'

/** Refused connections that may be read to the end of what they send, for two seconds at most. */
const MOST_LINGERING = 64

/** Connections of clients, at all listeners of a front door. */
export interface ClientConnections {
  /**
   * A client connected.
   * @returns to be called when its connection has ended; undefined: there are too many, and this one was
   *   answered and closes
   */
  admit(socket: Socket): (() => void) | undefined
  /** Bytes were refused as no request, or a connection altogether. */
  onRefused(name: GatewayErrorName, client: string): void
  stats(): Stats
}

export interface ConnectionRules extends Pick<ClientShareRules, 'trusted'> {
  /** Most of one client; 0: any. */
  readonly mostOfOne: number
  readonly mostOfAll: number
  report(outcome: Outcome): void
}

/**
 * Tells clients that they are too many, and closes. So that one which has sent its request gets this answer,
 * and not the reset behind it, some are read on.
 */
export function createExhaustedAnswer(): (socket: Socket) => void {
  let lingering = 0
  return (socket) => {
    if (lingering >= MOST_LINGERING) {
      refuseAtOnce(socket, 'exhausted')
      return
    }
    lingering++
    socket.on('error', () => undefined)
    socket.once('close', () => {
      lingering--
    })
    refuseLingering(socket, 'exhausted')
  }
}

export function createClientConnections(rules: ConnectionRules): ClientConnections {
  const { mostOfOne: most, mostOfAll, trusted, report } = rules
  let [open, accepted, malformed] = [0, 0, 0]
  const onRefused = (name: GatewayErrorName, client: string): void => {
    malformed++
    report(refusedOutcome(name, client))
  }
  const refuse = createExhaustedAnswer()
  const shares = createClientShares({ most, trusted })

  return {
    admit(socket) {
      accepted++
      const address = addressOf(socket)
      if (open >= mostOfAll) {
        onRefused('exhausted', address)
        refuse(socket)
        return undefined
      }
      const share = shares.enter(address)
      if (share === undefined) {
        onRefused('tooManyConnections', address)
        refuseAtOnce(socket, 'tooManyConnections')
        return undefined
      }
      open++
      return () => {
        open--
        shares.leave(share)
      }
    },
    onRefused,
    stats: () => ({ connections: open, accepted, malformed })
  }
}
