// A task under chaos: answers in several ways, and writes down every POST before it does anything with it.
//
// CHAOS_FOLDER: where its record goes, a file with its task id as name: `pid N`, then a line per POST id.
// CHAOS_WARM_MS: how long it is not healthy yet.
// CHAOS_END: what SIGTERM does. `drain`: goes on for CHAOS_DRAIN_MS, then finishes what runs and ends.
// `at-once`: ends at once, whatever runs.
//
// Speaks as much of HTTP as it is asked here, and no more: a task lives for seconds, and Node's own server
// takes three times the processor time in code that is not warm, which then is missing for what is tested.
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
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
const PIECES = 5
const PIECE_EVERY_MS = 120
const SLOW_MS = 150

const record = openSync(join(folder, task), 'a')
writeSync(record, `pid ${process.pid}\n`)

let draining = false
/** Connections, each with what to do when the task has drained. */
const connections = new Set()

const isWarm = () => performance.now() >= Number(warmMs)

/** By the last part of the path. `send` ends the answer; what writes by itself calls `end`. */
const answers = {
  health: ({ send }) => send(isWarm() ? '200 OK' : '503 Service Unavailable', 'health\n'),
  small: ({ send }) => send('200 OK', 'small\n'),
  slow: ({ send }) => setTimeout(() => send('200 OK', 'slow\n'), SLOW_MS),
  large: ({ send }) => send('200 OK', LARGE),
  stream({ socket, head, end }) {
    socket.write(head('200 OK', 'Transfer-Encoding: chunked'))
    let left = PIECES
    const timer = setInterval(() => {
      socket.write(`${PIECE.length.toString(16)}\r\n${PIECE}\r\n`)
      left -= 1
      if (left > 0) return
      clearInterval(timer)
      socket.write('0\r\n\r\n')
      end()
    }, PIECE_EVERY_MS)
    socket.once('close', () => clearInterval(timer))
  }
}

class Connection {
  #socket
  /** Of a head that has not come whole. */
  #text = ''
  #request
  #bodyLeft = 0
  #isTunnel = false

  constructor(socket) {
    this.#socket = socket
    connections.add(this)
    socket.setEncoding('latin1')
    socket.on('data', (piece) => this.#read(piece))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => connections.delete(this))
  }

  /** The task has drained: what is not in the middle of a request ends. */
  finish() {
    if (this.#request === undefined) this.#socket.end()
  }

  #read(piece) {
    // Bytes come back as they are: the frames mean nothing to whoever is in between.
    if (this.#isTunnel) this.#socket.write(piece, 'latin1')
    else if (this.#request !== undefined) this.#readBody(piece.length)
    else this.#readHead(this.#text + piece)
  }

  #readHead(text) {
    const end = text.indexOf('\r\n\r\n')
    this.#text = end === -1 ? text : ''
    if (end === -1) return
    const [, method, id, kind] = /^([A-Z]+) \/([^/ ]*)\/?([^ ]*) /.exec(text)
    const head = text.slice(0, end)
    const key = /^sec-websocket-key: *(.*)$/im.exec(head)?.[1]
    if (key !== undefined) return this.#open(key)
    this.#request = { kind, bytes: Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0) }
    this.#bodyLeft = this.#request.bytes
    if (method === 'POST') writeSync(record, `${id}\n`)
    this.#readBody(text.length - end - 4)
  }

  #readBody(bytes) {
    this.#bodyLeft -= bytes
    if (this.#bodyLeft === 0) this.#answer(this.#request)
    // Nobody asks before he was answered, or in another coding than with a length.
    else if (this.#bodyLeft < 0) this.#socket.destroy()
  }

  #answer({ kind, bytes }) {
    const socket = this.#socket
    let closes = false
    const head = (status, field) => {
      closes = draining
      return `HTTP/1.1 ${status}\r\nX-Task: ${task}\r\n${closes ? 'Connection: close\r\n' : ''}${field}\r\n\r\n`
    }
    const end = () => {
      this.#request = undefined
      // Who was not told sends the next request on it.
      if (closes) socket.end()
    }
    const send = (status, body) => {
      const length = head(status, `Content-Length: ${body.length}`)
      if (body === LARGE) {
        socket.write(length)
        socket.write(body)
      } else socket.write(length + body)
      end()
    }
    const answer = answers[kind]
    if (answer === undefined) send('200 OK', `${bytes}\n`)
    else answer({ socket, head, send, end })
  }

  #open(key) {
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64')
    this.#socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nX-Task: ${task}\r\n\r\n`
    )
    this.#isTunnel = true
  }
}

// No time after which an idle connection ends: the end of one is never this side's choice.
const server = createServer({ noDelay: true }, (socket) => new Connection(socket))

server.listen(Number(port), host)

process.once('SIGTERM', () => {
  if (end === 'at-once') process.exit(0)
  draining = true
  setTimeout(() => {
    server.close(() => process.exit(0))
    for (const connection of connections) connection.finish()
  }, Number(drainMs))
})
