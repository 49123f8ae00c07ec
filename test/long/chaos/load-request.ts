import { Client, type Dispatcher, Pool } from 'undici'
import type { Failure, RequestKind } from './load-messages.ts'
import { now } from './now.ts'

/** Only against hangs: far above what any answer takes. */
const HANG_MS = 60_000
const IDLE_MS = 60_000

export interface Asking {
  readonly id: string
  readonly host: string
  readonly kind: RequestKind
}

/** How a request went; `failure` when it was not answered as it should be. */
export interface Asked {
  readonly ms: number
  readonly sentAt: number
  readonly task: string | undefined
  readonly failure?: Failure
}

/** Asks one gateway, over kept connections and over fresh ones. */
export interface Asker {
  /** Sends one request, never twice. Never rejects. */
  ask(asking: Asking): Promise<Asked>
  close(): Promise<void>
}

const BODY = Buffer.alloc(64 * 1024, 'b')

export function createAsker(port: number): Asker {
  const origin = `http://127.0.0.1:${port}`
  const limits = { headersTimeout: HANG_MS, bodyTimeout: HANG_MS, keepAliveTimeout: IDLE_MS }
  const kept = new Pool(origin, { ...limits, connections: null, pipelining: 1 })
  return {
    async ask(asking) {
      if (!asking.kind.fresh) return askOver(kept, asking)
      const fresh = new Client(origin, limits)
      const asked = await askOver(fresh, asking)
      void fresh.destroy()
      return asked
    },
    close: () => kept.destroy()
  }
}

function askOver(connections: Dispatcher, { host, id, kind }: Asking): Promise<Asked> {
  const sentAt = now()
  const { method, path, fresh, bodyBytes } = kind
  return new Promise((resolve) => {
    const seen = { status: 0, firstByteAt: 0, task: undefined as string | undefined, bytes: 0 }
    let text = ''
    const finish = (reason?: string) => {
      const failedAt = now()
      const { status, firstByteAt, task } = seen
      const good = { ms: failedAt - sentAt, sentAt, task }
      if (reason === undefined) return resolve(good)
      const code = /GW_[A-Z_]+/.exec(text)?.[0]
      const failure = {
        ...{ id, kind: kind.name, method, host, sentAt, failedAt, status, reason },
        ...(task === undefined ? {} : { task, firstByteAt }),
        ...(code === undefined ? {} : { code })
      }
      resolve({ ...good, failure })
    }
    connections.dispatch(
      {
        ...{ method, path: `/${id}/${path}`, headers: { host }, reset: fresh },
        body: bodyBytes > 0 ? BODY.subarray(0, bodyBytes) : null
      },
      {
        onRequestStart: () => undefined,
        onResponseStart(_controller, status, headers) {
          const task = headers['x-task']?.toString()
          Object.assign(seen, { status, firstByteAt: now(), task })
        },
        onResponseData(_controller, piece) {
          seen.bytes += piece.length
          if (seen.status !== 200) text += piece.toString('latin1')
        },
        onResponseEnd: () => finish(faultIn(seen, kind)),
        onResponseError: (_controller, error) => finish(error.message)
      }
    )
  })
}

interface Seen {
  readonly status: number
  readonly task: string | undefined
  readonly bytes: number
}

function faultIn({ status, task, bytes }: Seen, kind: RequestKind): string | undefined {
  if (status !== 200) return `status ${status}`
  if (task === undefined) return 'not of a task'
  return bytes === kind.answerBytes ? undefined : `${bytes} B, ended cleanly`
}
