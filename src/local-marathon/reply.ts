import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ApiError } from './api-error.ts'
import type { AnswerFault } from './faults.ts'

const compress = promisify(gzip)
/** Bodies below this are not worth compressing. */
const GZIP_FROM = 1_024

/** An answer before it is written. */
export interface Reply {
  readonly status: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export const json = (
  value: unknown,
  status = 200,
  headers: Record<string, string> = {}
): Reply => ({
  status,
  headers,
  type: 'application/json',
  body: JSON.stringify(value)
})

export const text = (body: string, type = 'text/plain', status = 200): Reply => ({
  status,
  type,
  body
})

export const empty = (status: number, headers: Record<string, string> = {}): Reply => ({
  status,
  headers,
  body: ''
})

export const errorReply = (error: ApiError): Reply => json(error.body, error.status)

/** A page as Jetty writes it for errors outside the API. */
export const htmlError = (
  status: number,
  reason: string,
  headers: Record<string, string> = {}
) => ({
  status,
  headers,
  type: 'text/html;charset=iso-8859-1',
  body: `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>
<title>Error ${status} ${reason}</title>
</head>
<body>
<h2>HTTP ERROR: ${status}</h2>
<p>Problem accessing the requested address. Reason:
<pre>    ${reason}</pre></p>
</body>
</html>
`
})

const BROKEN: Readonly<Record<string, Reply>> = {
  html502: htmlError(502, 'Bad Gateway'),
  html503: htmlError(503, 'Service Unavailable'),
  empty200: { status: 200, type: 'application/json', body: '' },
  noApps: json({ apps: [] })
}

/** Sent with every answer. */
export const NO_CACHE = {
  'Cache-Control': 'no-cache, no-store, must-revalidate',
  Pragma: 'no-cache',
  Expires: '0'
}

export interface DeliverOptions {
  readonly fault: AnswerFault | undefined
  readonly slowBodyMs: number
}

/** Writes the answer, or what the fault makes of it. */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  { fault, slowBodyMs }: DeliverOptions
): Promise<void> {
  if (fault === 'hang') return
  if (fault === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const chosen = typeof fault === 'number' ? empty(fault) : (BROKEN[fault ?? ''] ?? reply)
  let body: Uint8Array = Buffer.from(chosen.body)
  response.statusCode = chosen.status
  for (const [name, value] of Object.entries({ ...NO_CACHE, ...chosen.headers })) {
    response.setHeader(name, value)
  }
  if (chosen.type) response.setHeader('Content-Type', chosen.type)
  if (fault === 'truncated') body = body.subarray(0, body.length >> 1)
  else if (body.length >= GZIP_FROM && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) {
    body = await compress(body)
    response.setHeader('Content-Encoding', 'gzip')
  }
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Content-Length', body.length)
  if (request.method === 'HEAD') response.end()
  else if (slowBodyMs > 0) writeSlowly(response, body, slowBodyMs)
  else response.end(body)
}

function writeSlowly(response: ServerResponse, body: Uint8Array, pauseMs: number): void {
  const half = body.length >> 1
  response.write(body.subarray(0, half))
  const timer = setTimeout(() => response.end(body.subarray(half)), pauseMs)
  response.on('close', () => clearTimeout(timer))
}
