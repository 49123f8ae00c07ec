import { createServer } from 'node:net'

/** Stands for all tasks: one answer for each piece of bytes that ends a request. Says its port. */
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nend\n'

const server = createServer((socket) => {
  socket.setEncoding('latin1')
  socket.on('error', () => socket.destroy())
  socket.on('data', (text: string) => {
    if (text.endsWith('\r\n\r\n')) socket.write(ANSWER)
  })
})
server.listen(0, '0.0.0.0', () => {
  const address = server.address()
  process.send?.({ port: typeof address === 'object' ? address?.port : 0 })
})
process.once('disconnect', () => process.exit(0))
