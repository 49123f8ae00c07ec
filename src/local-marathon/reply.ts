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
  readonly redirectTo?: string
  readonly padding?: number
}

/** Writes the answer, or what the fault makes of it. */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  options: DeliverOptions
): Promise<void> {
  const { fault } = options
  if (answersNothing(request, response, options)) return
  const chosen = typeof fault === 'number' ? empty(fault) : (BROKEN[fault ?? ''] ?? reply)
  response.statusCode = chosen.status
  for (const [name, value] of Object.entries({ ...NO_CACHE, ...chosen.headers })) {
    response.setHeader(name, value)
  }
  if (chosen.type) response.setHeader('Content-Type', chosen.type)
  const body = await encoded(request, response, Buffer.from(chosen.body), options)
  response.setHeader('Vary', 'Accept-Encoding')
  response.setHeader('Content-Length', body.length)
  if (fault === 'cut') cutOff(request, response, body)
  else if (request.method === 'HEAD') response.end()
  else if (options.slowBodyMs > 0) writeSlowly(response, body, options.slowBodyMs)
  else response.end(body)
}

/** @returns false when the fault, if any, leaves an answer to be written */
function answersNothing(
  request: IncomingMessage,
  response: ServerResponse,
  { fault, redirectTo = '' }: DeliverOptions
): boolean {
  if (fault === 'reset') request.socket.resetAndDestroy()
  else if (fault === 'endless') writeEndlessly(response)
  else if (fault === 'elsewhere') {
    response.writeHead(302, { Location: redirectTo, 'Content-Length': 0 }).end()
  } else return fault === 'hang'
  return true
}

async function encoded(
  request: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array,
  { fault, padding = 0 }: DeliverOptions
): Promise<Uint8Array> {
  if (fault === 'truncated') return body.subarray(0, body.length >> 1)
  if (padding > 0) return Buffer.concat([body, Buffer.alloc(padding, ' ')])
  const takesGzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '')
  if (body.length < GZIP_FROM || !takesGzip) return body
  response.setHeader('Content-Encoding', 'gzip')
  return compress(body)
}

/** The first half, then the end of the connection. */
function cutOff(request: IncomingMessage, response: ServerResponse, body: Uint8Array): void {
  response.write(body.subarray(0, body.length >> 1), () => request.socket.destroy())
}

/** Begins well and goes on until the client has had enough. */
function writeEndlessly(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  const piece = Buffer.alloc(64 * 1024, ' ')
  const timer = setInterval(() => {
    if (response.writableLength < piece.length) response.write(piece)
  }, 5)
  response.write('{"apps":[')
  response.on('close', () => clearInterval(timer))
}

function writeSlowly(response: ServerResponse, body: Uint8Array, pauseMs: number): void {
  const half = body.length >> 1
  response.write(body.subarray(0, half))
  const timer = setTimeout(() => response.end(body.subarray(half)), pauseMs)
  response.on('close', () => clearTimeout(timer))
}
