import { EventEmitter, once } from 'node:events'
import { Socket, type SocketConstructorOpts } from 'node:net'
import type { ControlProcess, Follower } from '../../gateway/processes.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** The channel to the process that started this one; `process` itself. */
export interface ControlChannel {
  send?(message: FromWorker): boolean
  on(event: 'message', listener: (message: ToWorker, handle: unknown) => void): unknown
  once(event: 'disconnect', listener: () => void): unknown
}

/** What a worker begins with. */
interface Start {
  readonly number: number
  readonly settings: unknown
}

/** A worker's side. */
export interface ControlLink {
  readonly control: ControlProcess
  /** What control gave to begin with. */
  readonly started: Promise<Start>
  /** Resolves when this process is to end: it was told to, or control is gone. */
  readonly ended: Promise<void>
  /** Says why this process can't start. */
  unable(lines: readonly string[]): void
}

/** Known to Node's own server, which makes sockets of accepted connections with it. */
interface Accepted {
  readonly handle: object
  readonly pauseOnCreate: true
}

/** Failures are for people to look at; a flood of them would only cost. */
const MOST_FAILURES = 50
const FAILURES_MS = 1000

export function createControlLink(channel: ControlChannel): ControlLink {
  const takers = new Map<string, (socket: Socket) => void>()
  const told = new EventEmitter()
  const started = once(told, 'start').then(([start]) => start as Start)
  const ended = once(told, 'stop').then(() => undefined)
  let follower: Follower | undefined
  let failures = 0

  const send = (message: FromWorker): void => void channel.send?.(message)

  function accept(id: number, listener: string, handle: object): void {
    // Said before a byte is read: nobody else may get what was begun here.
    send({ kind: 'took', id })
    const options: SocketConstructorOpts & Accepted = {
      allowHalfOpen: true,
      handle,
      pauseOnCreate: true
    }
    const socket = new Socket(options)
    const take = takers.get(listener)
    if (take === undefined) socket.destroy()
    else take(socket)
  }

  channel.on('message', (message, handle) => {
    switch (message.kind) {
      case 'start':
        told.emit('start', message)
        break
      case 'table':
        send({ kind: 'table', agreed: agrees(follower, message) })
        break
      case 'connection':
        if (typeof handle === 'object' && handle !== null) {
          accept(message.id, message.listener, handle)
        } else send({ kind: 'took', id: message.id })
        break
      case 'stats':
        send({ kind: 'stats', id: message.id, stats: follower?.stats() ?? {} })
        break
      case 'stopping':
        follower?.stopping()
        break
      case 'stop':
        told.emit('stop')
        break
    }
  })
  channel.once('disconnect', () => told.emit('stop'))
  send({ kind: 'hello' })

  return {
    started,
    ended,
    unable: (lines) => send({ kind: 'unable', lines }),
    control: {
      role: 'traffic',
      take: (listener, onConnection) => void takers.set(listener, onConnection),
      follow(by) {
        follower = by
        send({ kind: 'ready' })
      },
      refresh: (reason) => send({ kind: 'refresh', reason }),
      failed(route, failure) {
        if (failures === 0) setTimeout(() => (failures = 0), FAILURES_MS).unref()
        failures += 1
        if (failures <= MOST_FAILURES) send({ kind: 'failure', route, failure })
      },
      noted: (note) => send({ kind: 'note', note })
    }
  }
}

function agrees(
  follower: Follower | undefined,
  { patch, whole }: Extract<ToWorker, { kind: 'table' }>
): boolean {
  try {
    follower?.change(patch, whole)
    return follower !== undefined
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
