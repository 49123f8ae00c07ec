// A task under chaos: answers in several ways, and writes down every POST before it does anything with it.
//
// CHAOS_FOLDER: where its record goes, a file with its task id as name: `pid N`, then a line per POST id.
// CHAOS_WARM_MS: how long it is not healthy yet.
// CHAOS_END: what SIGTERM does. `drain`: goes on for CHAOS_DRAIN_MS, then finishes what runs and ends.
// `at-once`: ends at once, whatever runs.
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

const { HOST: host, PORT: port, MESOS_TASK_ID: task } = process.env
const {
  CHAOS_FOLDER: folder,
  CHAOS_END: end,
  CHAOS_DRAIN_MS: drainMs,
  CHAOS_WARM_MS: warmMs
} = process.env
/** RFC 6455 §1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const LARGE = Buffer.alloc(256 * 1024, 'x')
const PIECE = 'piece of a stream\n'
const PIECES = 10
const PIECE_EVERY_MS = 60
const SLOW_MS = 150

const record = openSync(join(folder, task), 'a')
writeSync(record, `pid ${process.pid}\n`)

let draining = false
const tunnels = new Set()

const isWarm = () => performance.now() >= Number(warmMs)

const answers = {
  health: (response) => response.writeHead(isWarm() ? 200 : 503).end('health\n'),
  small: (response) => response.end('small\n'),
  slow: (response) => setTimeout(() => response.end('slow\n'), SLOW_MS),
  large: (response) => response.setHeader('Content-Length', LARGE.length).end(LARGE),
  stream(response) {
    let left = PIECES
    const timer = setInterval(() => {
      response.write(PIECE)
      left -= 1
      if (left > 0) return
      clearInterval(timer)
      response.end()
    }, PIECE_EVERY_MS)
    response.once('close', () => clearInterval(timer))
  }
}

const server = createServer((request, response) => {
  const [, id, kind = ''] = request.url.split('/')
  if (request.method === 'POST') writeSync(record, `${id}\n`)
  response.setHeader('X-Task', task)
  if (draining) response.setHeader('Connection', 'close')
  let bytes = 0
  request.on('data', (piece) => {
    bytes += piece.length
  })
  request.on('end', () => {
    const answer = answers[kind]
    if (answer !== undefined) answer(response)
    else response.end(`${bytes}\n`)
  })
  response.on('error', () => undefined)
})
// Longer than the gateway keeps an idle connection: the end of one is never this side's choice.
server.keepAliveTimeout = 120_000

server.on('upgrade', (request, socket) => {
  const key = request.headers['sec-websocket-key']
  const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Task: ${task}\r\n\r\n`
  )
  tunnels.add(socket)
  socket.once('close', () => tunnels.delete(socket))
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  // Bytes come back as they are: the frames mean nothing to whoever is in between.
  socket.on('data', (piece) => socket.write(piece))
})

server.listen(Number(port), host)

process.once('SIGTERM', () => {
  if (end === 'at-once') process.exit(0)
  draining = true
  setTimeout(() => {
    server.close(() => process.exit(0))
    server.closeIdleConnections()
    for (const tunnel of tunnels) tunnel.end()
  }, Number(drainMs))
})
