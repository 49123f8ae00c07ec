import type { Readable } from 'node:stream'
import { Pool } from 'undici'

/** Client of the listener that shows HAProxy's statistics. */
export interface StatsClient {
  /** An answer as HAProxy gives it; its body has to be read. @throws Error when HAProxy does not answer */
  get(path: string): Promise<StatsAnswer>
  close(): Promise<void>
}

export interface StatsAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: Readable
}

/** Longest silence, and longest time of a whole answer: the page of 100,000 servers is large. */
const SILENCE_MS = 10_000
const LIMIT_MS = 120_000
const AT_ONCE = 4

/** @param socket path of a unix socket; undefined: there is no such listener */
export function createStatsClient(socket: string | undefined): StatsClient {
  // A connection that is kept would lead to a worker of before a reload.
  const options = { connections: AT_ONCE, pipelining: 0, connect: { socketPath: socket ?? null } }
  const pool = socket === undefined ? undefined : new Pool('http://haproxy', options)
  return {
    async get(path) {
      if (pool === undefined) throw new Error('HAProxy has no listener for statistics')
      const { statusCode, headers, body } = await pool.request({
        method: 'GET',
        path,
        headersTimeout: SILENCE_MS,
        bodyTimeout: SILENCE_MS,
        signal: AbortSignal.timeout(LIMIT_MS)
      })
      const type = headers['content-type']
      return { status: statusCode, contentType: typeof type === 'string' ? type : '', body }
    },
    close: async () => pool?.destroy()
  }
}
