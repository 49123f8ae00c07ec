import { type Agent, type IncomingMessage, request } from 'node:http'
import type { Failure, RequestKind } from './load-messages.ts'
import { now } from './now.ts'

/** Only against hangs: far above what any answer takes. */
const HANG_MS = 60_000

export interface Asking {
  readonly port: number
  readonly host: string
  readonly id: string
  readonly kind: RequestKind
  readonly agent: Agent
}

/** How a request went; `failure` when it was not answered as it should be. */
export interface Asked {
  readonly ms: number
  readonly sentAt: number
  readonly task: string | undefined
  readonly failure?: Failure
}

const BODY = Buffer.alloc(64 * 1024, 'b')

/** Sends one request, never twice. Never rejects. */
export function ask({ port, host, id, kind, agent }: Asking): Promise<Asked> {
  const sentAt = now()
  const { method, path, fresh, bodyBytes } = kind
  return new Promise((resolve) => {
    const seen: { answer?: IncomingMessage; firstByteAt?: number; bytes: number; text: string } = {
      bytes: 0,
      text: ''
    }
    const taskOf = () => seen.answer?.headers['x-task']?.toString()
    let isOver = false
    const finish = (reason?: string) => {
      if (isOver) return
      isOver = true
      clearTimeout(hang)
      const failedAt = now()
      const task = taskOf()
      const good = { ms: failedAt - sentAt, sentAt, task }
      if (reason === undefined) return resolve(good)
      const status = seen.answer?.statusCode ?? 0
      const code = /GW_[A-Z_]+/.exec(seen.text)?.[0]
      const failure = {
        ...{ id, kind: kind.name, method, host, sentAt, failedAt, status, reason },
        ...(task === undefined || seen.firstByteAt === undefined
          ? {}
          : { task, firstByteAt: seen.firstByteAt }),
        ...(code === undefined ? {} : { code })
      }
      resolve({ ...good, failure })
    }
    const sent = request({
      ...{ port, host: '127.0.0.1', method, path: `/${id}/${path}` },
      agent: fresh ? false : agent,
      headers: { host, ...(bodyBytes > 0 ? { 'content-length': bodyBytes } : {}) }
    })
    const hang = setTimeout(() => {
      finish(`no end within ${HANG_MS / 1_000} s`)
      sent.destroy()
    }, HANG_MS)
    sent.on('error', (error) => finish(error.message))
    sent.on('response', (answer) => {
      seen.answer = answer
      seen.firstByteAt = now()
      answer.on('data', (piece: Buffer) => {
        seen.bytes += piece.length
        if (answer.statusCode !== 200) seen.text += piece.toString('latin1')
      })
      answer.on('error', (error) => finish(error.message))
      answer.on('close', () => finish(faultIn(answer, seen.bytes, kind)))
    })
    sent.end(bodyBytes > 0 ? BODY.subarray(0, bodyBytes) : undefined)
  })
}

function faultIn(answer: IncomingMessage, bytes: number, kind: RequestKind): string | undefined {
  if (!answer.complete) return 'cut'
  if (answer.statusCode !== 200) return `status ${answer.statusCode}`
  if (answer.headers['x-task'] === undefined) return 'not of a task'
  return bytes === kind.answerBytes ? undefined : `${bytes} B, ended cleanly`
}
