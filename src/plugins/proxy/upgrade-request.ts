import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** A websocket handshake in the one form that is forwarded as such (RFC 6455 §4.1). */
export function requestsWebsocket(req: IncomingMessage): boolean {
  const { headers } = req
  return (
    req.method === 'GET' &&
    req.httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    headers['sec-websocket-key'] !== undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined
  )
}

/**
 * Drops an upgrade that is not forwarded (RFC 9110 §7.8 lets a server ignore it). Node has taken the
 * socket off its HTTP engine by then, so the request is given back to it without the upgrade.
 */
export function withoutUpgrade(
  server: Server,
  req: IncomingMessage,
  socket: Socket,
  head: Buffer
): void {
  const fields: string[] = []
  const { rawHeaders } = req
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const line = keptField(rawHeaders[i] as string, rawHeaders[i + 1] as string)
    if (line !== undefined) fields.push(line)
  }
  const start = `${req.method} ${req.url} HTTP/${req.httpVersion}`
  const bytes = Buffer.from(`${[start, ...fields].join('\r\n')}\r\n\r\n`, 'latin1')
  socket.unshift(Buffer.concat([bytes, head]))
  server.emit('connection', socket)
}

function keptField(name: string, value: string): string | undefined {
  const lower = name.toLowerCase()
  if (lower === 'upgrade' || lower === 'http2-settings') return undefined
  if (lower !== 'connection') return `${name}: ${value}`
  const tokens = value.split(',').map((token) => token.trim())
  const kept = tokens.filter((token) => !/^(upgrade|http2-settings)$/i.test(token))
  return kept.length === 0 ? undefined : `${name}: ${kept.join(', ')}`
}
