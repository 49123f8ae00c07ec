import { connect } from 'node:net'
import type {
  ExchangeHandler,
  FailureReason,
  UpstreamRequest
} from '../../gateway/http/upstream/exchange.ts'
import { reasonOf } from '../../gateway/http/upstream/failures.ts'
import type { UpstreamClient } from '../../gateway/http/upstream/upstream-client.ts'
import type { Endpoint, Probe } from '../../gateway/model/route.ts'

/**
 * Asks a task once.
 * @param done what came of it, once; not after the end. Undefined: it could not be asked, for reasons of our own
 * @returns ends it
 */
export type ProbeCall = (endpoint: Endpoint, probe: Probe, done: ProbeDone) => () => void

type ProbeDone = (isGood: boolean | undefined) => void

const NAME = ['User-Agent', 'marathon-gateway']
const FRESH = { fresh: true } as const

/** @param client of its own: probes take no connections from requests */
export function createProbeCall(client: UpstreamClient): ProbeCall {
  return (endpoint, probe, done) =>
    probe.kind === 'tcp' ? connectTo(endpoint, done) : askFor(client, endpoint, probe, done)
}

function connectTo({ host, port }: Endpoint, done: ProbeDone): () => void {
  const socket = connect({ host, port })
  socket.once('connect', () => {
    socket.destroy()
    done(true)
  })
  socket.on('error', (error) => done(verdictOf(reasonOf(error, false))))
  return () => socket.removeAllListeners('connect').destroy()
}

function askFor(
  client: UpstreamClient,
  endpoint: Endpoint,
  probe: Probe & { kind: 'http' },
  done: ProbeDone
): () => void {
  const { path: target, timeoutMs } = probe
  const request: UpstreamRequest = {
    ...{ method: 'GET', target, headers: NAME, body: 'none', upgrade: false, ownHost: true },
    timeouts: { connectMs: timeoutMs, firstByteMs: timeoutMs, idleMs: timeoutMs }
  }
  const nothing = (): void => undefined
  const handler: ExchangeHandler = {
    onInformational: nothing,
    // What follows is not looked at; a task that is asked for its health every second sends little.
    onHead: (status) => done(status >= 200 && status < 400),
    onData: () => true,
    onEnd: nothing,
    onUpgrade: nothing,
    onFailure: ({ reason }) => done(verdictOf(reason)),
    onDrain: nothing
  }
  const exchange = client.send(endpoint, request, handler, FRESH)
  return () => exchange.abort()
}

function verdictOf(reason: FailureReason): false | undefined {
  return reason === 'no-descriptor' ? undefined : false
}
