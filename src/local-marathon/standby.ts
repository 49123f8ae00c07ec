import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { htmlError, type Reply } from './reply.ts'

/** As in Marathon: 10 s without an answer of the leader is a failure. */
const READ_TIMEOUT_MS = 10_000

export const NO_LEADER: Reply = htmlError(502, 'Could not determine the current leader')

/** Passes a request on to the leader, as a standby node does; both directions carry X-Marathon-Via. */
export function proxyToLeader(
  request: IncomingMessage,
  response: ServerResponse,
  nodes: { readonly self: string; readonly leaderUrl: string },
  fail: (reply: Reply) => void
): void {
  const via = `1.1 ${nodes.self}`
  const upstream = httpRequest(nodes.leaderUrl + request.url, {
    agent: false,
    method: request.method ?? 'GET',
    headers: {
      ...request.headers,
      connection: 'close',
      'x-marathon-via': via,
      'x-forwarded-for': request.socket.remoteAddress ?? ''
    },
    timeout: READ_TIMEOUT_MS
  })
  upstream.on('response', (answer) => {
    const { connection: _connection, 'transfer-encoding': _coding, ...headers } = answer.headers
    const streaming = headers['content-type']?.startsWith('text/event-stream')
    if (streaming) upstream.setTimeout(0)
    if (streaming) response.setHeader('Connection', 'close')
    if (streaming) response.removeHeader('Transfer-Encoding')
    response.writeHead(answer.statusCode ?? 502, { ...headers, 'x-marathon-via': via })
    response.flushHeaders()
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  upstream.on('timeout', () => upstream.destroy(new Error('the leader is too slow')))
  upstream.on('error', () => {
    if (response.headersSent) response.destroy()
    else fail(htmlError(502, 'Connection to leader refused.'))
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

/** Where a standby of 1.7 and later sends clients of the event stream. */
export function redirectToLeader(leaderUrl: string, path: string): Reply {
  return { status: 302, headers: { Location: leaderUrl + path }, body: '' }
}
