import type { Endpoint } from '../../model/route.ts'
import { fieldKind } from '../field-kind.ts'
import { isFieldValue, isToken, isWritableTarget } from '../grammar.ts'
import type { UpstreamRequest } from './exchange.ts'

/**
 * The head of a request as Latin-1 text, with framing and connection fields added. Undefined when a
 * part could not be written without changing the meaning of the message: CR, LF, NUL or characters
 * above U+00FF, an invalid name, or framing fields among the headers.
 */
export function requestHead(request: UpstreamRequest, endpoint: Endpoint): string | undefined {
  const ownHost = request.ownHost === true
  if (request.checked === true && !ownHost) return plainHead(request)
  if (!isToken(request.method) || !isWritableTarget(request.target)) return undefined
  let head = `${request.method} ${request.target} HTTP/1.1\r\n`
  if (ownHost) head += `Host: ${authorityOf(endpoint)}\r\n`
  const { headers } = request
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    if (!isWritableField(name, value)) return undefined
    if (ownHost && fieldKind(name) === 'host') continue
    head += `${name}: ${value}\r\n`
  }
  return head + framingLines(request)
}

function plainHead(request: UpstreamRequest): string {
  let head = `${request.method} ${request.target} HTTP/1.1\r\n`
  const { headers, fieldLines } = request
  if (fieldLines !== undefined) return head + fieldLines + framingLines(request)
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return head + framingLines(request)
}

/** The head of a chunk of that many bytes. */
export function chunkHead(bytes: number): string {
  return `${bytes.toString(16)}\r\n`
}

/** The end of a chunked body; undefined when a trailer can't be written. */
export function chunkedEnd(trailers: readonly string[]): string | undefined {
  let text = '0\r\n'
  for (let i = 0; i < trailers.length; i += 2) {
    const name = trailers[i] ?? ''
    const value = trailers[i + 1] ?? ''
    if (!isWritableField(name, value)) return undefined
    text += `${name}: ${value}\r\n`
  }
  return `${text}\r\n`
}

/** `host:port` with the brackets an IPv6 address needs. */
function authorityOf(endpoint: Endpoint): string {
  const { host, port } = endpoint
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`
}

function framingLines(request: UpstreamRequest): string {
  const upgrade = request.upgrade ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : ''
  switch (request.body) {
    case 'none':
      return `${upgrade}\r\n`
    case 'chunked':
      return `${upgrade}Transfer-Encoding: chunked\r\n\r\n`
    default:
      return `${upgrade}Content-Length: ${request.body}\r\n\r\n`
  }
}

function isWritableField(name: string, value: string): boolean {
  switch (fieldKind(name)) {
    case 'connection':
    case 'upgrade':
    case 'content-length':
    case 'transfer-encoding':
      return false
    default:
      return isToken(name) && isFieldValue(value)
  }
}
