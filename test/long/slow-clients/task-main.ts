import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A task in a process of its own: takes bodies as they come, and has an answer that nobody wants to read. */
const PIECE = Buffer.alloc(65_536, 'x')
const LARGE_BYTES = 8 * 1024 * 1024

const server = createServer((req, res) => {
  req.on('error', () => undefined)
  res.on('error', () => undefined)
  if (req.url !== '/large') {
    req.resume()
    req.on('end', () => res.end('ok'))
    return
  }
  res.writeHead(200, { 'content-length': LARGE_BYTES })
  let left = LARGE_BYTES
  const more = (): void => {
    while (left > 0) {
      left -= PIECE.length
      if (res.write(PIECE)) continue
      res.once('drain', more)
      return
    }
    res.end()
  }
  more()
})
server.requestTimeout = 0
server.headersTimeout = 0
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
