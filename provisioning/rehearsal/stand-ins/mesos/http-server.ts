import { createServer, type IncomingMessage } from 'node:http'

const MAX_BODY_BYTES = 1024 * 1024

export interface Question {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  /** host:port where the asker says that it can be called back. */
  readonly callback: string | undefined
  /** The JSON body; undefined when there is none. */
  readonly body: unknown
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export const unauthorized = (realm: string): Answer => ({
  status: 401,
  headers: { 'WWW-Authenticate': `Basic realm="${realm}"` }
})

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  return size === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

/** Listens where Mesos would; resolves once it does. */
export function serveHttp(
  where: { readonly host: string; readonly port: number },
  answer: (question: Question) => Answer
): Promise<void> {
  const server = createServer((request, response) => {
    const reply = async () => {
      const body = await bodyOf(request)
      const { pathname } = new URL(request.url ?? '/', 'http://mesos')
      const { authorization, 'x-callback': callback } = request.headers
      const method = request.method ?? 'GET'
      return answer({ method, path: pathname, authorization, callback: callback?.toString(), body })
    }
    reply()
      .catch((error: unknown): Answer => ({ status: 400, body: { message: String(error) } }))
      .then(({ status, headers = {}, body = {} }) => {
        response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
        response.end(JSON.stringify(body))
      })
      .catch(() => response.destroy())
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(where.port, where.host, resolve)
  })
}
