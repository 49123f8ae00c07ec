import { type AddressInfo, createServer, type Socket } from 'node:net'

/**
 * Another server that slow clients are at, in a process of its own: takes what they send, sends readers
 * more than they read, and ends each after as long as the gateway does. What good clients of the gateway
 * notice of it is the machine's.
 */
const ENDED_AFTER_MS = 10_000
const PIECE = Buffer.alloc(65_536, 'x')
const GOODBYE = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'

const server = createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => undefined)
  socket.on('data', (piece) => {
    if (piece.includes('GET /large')) fill(socket)
  })
  const end = setTimeout(() => {
    if (socket.writableLength > 0) socket.destroy()
    else socket.end(GOODBYE)
  }, ENDED_AFTER_MS)
  socket.once('close', () => clearTimeout(end))
})

function fill(socket: Socket): void {
  while (socket.write(PIECE));
  socket.once('drain', () => fill(socket))
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit())
