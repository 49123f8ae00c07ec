/** What the process that makes the load is told, and what it tells. */

/** How one request is made and answered. */
export interface RequestKind {
  readonly name: string
  readonly method: 'GET' | 'POST'
  /** Last part of the path; the task knows what it means. */
  readonly path: 'small' | 'slow' | 'large' | 'stream' | 'post'
  /** A connection of its own for every request. */
  readonly fresh: boolean
  readonly bodyBytes: number
  /** Bytes of the right answer. */
  readonly answerBytes: number
  /** How often, compared with the others. */
  readonly share: number
}

const answerOfPost = (bytes: number) => `${bytes}\n`.length
const SMALL = 'small\n'.length
const BODY = 300
const LONG_BODY = 48 * 1024

function kind(
  name: string,
  path: RequestKind['path'],
  share: number,
  rest: Partial<RequestKind>
): RequestKind {
  const { fresh = false, bodyBytes = 0, answerBytes = SMALL } = rest
  return { name, path, share, method: 'GET', fresh, bodyBytes, answerBytes, ...rest }
}

export const REQUEST_KINDS: readonly RequestKind[] = [
  kind('GET kept', 'small', 55, {}),
  kind('GET fresh', 'small', 10, { fresh: true }),
  kind('GET slow', 'slow', 4, { answerBytes: 'slow\n'.length }),
  kind('GET large', 'large', 2, { answerBytes: 256 * 1024 }),
  kind('GET stream', 'stream', 4, { answerBytes: 5 * 'piece of a stream\n'.length }),
  kind('POST kept', 'post', 16, post(BODY)),
  kind('POST fresh', 'post', 6, { ...post(BODY), fresh: true }),
  kind('POST long', 'post', 3, post(LONG_BODY))
]

function post(bytes: number) {
  return { method: 'POST', bodyBytes: bytes, answerBytes: answerOfPost(bytes) } as const
}

export interface LoadOrder {
  readonly port: number
  /** Of this process: request ids begin with it. */
  readonly number: number
  /** Requests per second. */
  readonly rate: number
  readonly hosts: readonly string[]
  readonly webSockets: number
}

/** A request that did not get its whole right answer. Moments by `now()`. */
export interface Failure {
  readonly id: string
  readonly kind: string
  readonly method: string
  readonly host: string
  readonly sentAt: number
  readonly failedAt: number
  /** When the head of a task's answer had come; absent when none came. */
  readonly firstByteAt?: number
  /** 0: none came. */
  readonly status: number
  /** The gateway's own code. */
  readonly code?: string
  /** Who answered, if a task did. */
  readonly task?: string
  /** The client's own words. */
  readonly reason: string
}

/** First answer and last request of a task, by `now()`. */
export type Sighting = readonly [task: string, firstAnswerAt: number, lastSentAt: number]

/** A second of load. */
export interface LoadNews {
  readonly requests: Readonly<Record<string, number>>
  /** Of small answers: how many took how long, by bucket of `latency.ts`. */
  readonly latency: readonly (readonly [bucket: number, count: number])[]
  readonly longestMs: number
  readonly failures: readonly Failure[]
  readonly sightings: readonly Sighting[]
  /** Requests that were not sent since too many were under way for too long. */
  readonly heldBack: number
  readonly sockets: SocketNews
}

export interface SocketNews {
  readonly opened: number
  readonly roundTrips: number
  readonly ends: readonly SocketEnd[]
}

/** A WebSocket that ended, and not by us. */
export interface SocketEnd {
  readonly id: string
  readonly host: string
  readonly task: string
  readonly openedAt: number
  readonly endedAt: number
  readonly reason: string
}
