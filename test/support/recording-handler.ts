import type { Socket } from 'node:net'
import { kept } from '../../src/gateway/http/read-memory.ts'
import type {
  ExchangeHandler,
  Failure,
  UpstreamRequest
} from '../../src/gateway/http/upstream/exchange.ts'

/** What a handler was told, ready to be compared. */
export interface Recording extends ExchangeHandler {
  readonly events: string[]
  status: number
  reason: string
  headers: string[]
  length: number
  contentLength: number | undefined
  body: string
  trailers: string[]
  failure: Failure | undefined
  socket: Socket | undefined
  drains: number
  /** Settles with the last call: `end`, `upgrade` or `failure`. */
  readonly over: Promise<string>
  /** Settles with the final head. */
  readonly head: Promise<void>
}

/** @param onData what to answer to body bytes; true by default */
export function record(onData: (chunk: Buffer) => boolean = () => true): Recording {
  let finish: (how: string) => void = () => undefined
  let seeHead: () => void = () => undefined
  const recording: Recording = {
    events: [],
    status: 0,
    reason: '',
    headers: [],
    length: 0,
    contentLength: undefined,
    body: '',
    trailers: [],
    failure: undefined,
    socket: undefined,
    drains: 0,
    over: new Promise((resolve) => {
      finish = resolve
    }),
    head: new Promise((resolve) => {
      seeHead = resolve
    }),
    onInformational: (status, _reason, headers) => {
      recording.events.push(`${status}${headers.length > 0 ? ` ${headers.join(' ')}` : ''}`)
    },
    onHead: (status, reason, headers, length, contentLength) => {
      Object.assign(recording, { status, reason, headers, length, contentLength })
      recording.events.push(`head ${status}`)
      seeHead()
    },
    onData: (chunk, memory) => {
      recording.body += chunk.toString('latin1')
      return onData(kept(chunk, memory))
    },
    onEnd: (trailers) => {
      recording.trailers = trailers
      recording.events.push('end')
      finish('end')
    },
    onUpgrade: (reason, headers, socket, head) => {
      Object.assign(recording, { status: 101, reason, headers, socket })
      recording.body += head.toString('latin1')
      recording.events.push('upgrade')
      finish('upgrade')
    },
    onFailure: (failure) => {
      recording.failure = failure
      recording.events.push(`failure ${failure.phase} ${failure.reason}`)
      finish('failure')
    },
    onDrain: () => {
      recording.drains++
    }
  }
  return recording
}

/** A plain GET unless said otherwise. */
export function request(changes: Partial<UpstreamRequest> = {}): UpstreamRequest {
  return {
    method: 'GET',
    target: '/',
    headers: ['Host', 'myapp.local'],
    body: 'none',
    upgrade: false,
    timeouts: { connectMs: 10_000, firstByteMs: 30_000, idleMs: 30_000 },
    ...changes
  }
}
