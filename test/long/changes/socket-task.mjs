// The app that holds the WebSocket: answers as the sample app does, and echoes short text messages.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const { HOST: host, PORT: port, MESOS_TASK_ID: task } = process.env
/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

const server = createServer((request, response) => {
  response.end(request.url === '/health' ? 'ok\n' : `Hello from ${host} (task ${task})\n`)
})

server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key']
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Task: ${task}\r\n\r\n`
  )
  let unread = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  socket.on('data', (piece) => {
    unread = Buffer.concat([unread, piece])
    // Two bytes of head, four of mask, and the text, RFC 6455 §5.2; longer texts are not sent here.
    for (;;) {
      const length = (unread[1] ?? 0) & 0x7f
      if (unread.length < 6 || unread.length < 6 + length) return
      const mask = unread.subarray(2, 6)
      const text = unread.subarray(6, 6 + length).map((byte, at) => byte ^ mask[at % 4])
      socket.write(Buffer.from([unread[0], length, ...text]))
      unread = unread.subarray(6 + length)
    }
  })
})

server.listen(Number(port), host)
process.once('SIGTERM', () => setTimeout(() => process.exit(0), 2_000))
