import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, type TestContext, test } from 'node:test'
import { type FrontDoorProcess, startFrontDoorProcess } from '../support/front-door-process.ts'
import { request } from '../support/stage.ts'

type Lane = 'full' | 'wire'

const GIB = 1024 ** 3
const LIMIT = { timeout: 500_000 }
const ALLOWED_GROWTH = 100 * 1024 * 1024
const PIECE = Buffer.alloc(65_536, 'x')
/** A slow peer takes that much, then nothing for a while. */
const BURST = 64 * 1024 * 1024
const PAUSE_MS = 100

for (const lane of ['full', 'wire'] as const) describe(`${lane} lane`, () => memoryCases(lane))

function memoryCases(lane: Lane): void {
  test(
    'a download of 1 GiB to a slow client grows the gateway by less than 100 MiB',
    LIMIT,
    async (t) => {
      const task = await listen(t, (socket) => {
        socket.once('data', () => {
          socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${GIB}\r\n\r\n`)
          pour(socket, GIB)
        })
      })
      const door = await openProcess(t, lane, task)
      const client = connect({ port: door.port, host: '127.0.0.1' })
      t.after(() => client.destroy())
      client.write(request('GET /'))
      const growth = await watchGrowth(door, takeSlowly(client, GIB))
      assert.ok(growth < ALLOWED_GROWTH, `${growth} bytes`)
    }
  )

  test(
    'an upload of 1 GiB to a slow task grows the gateway by less than 100 MiB',
    LIMIT,
    async (t) => {
      let taken: Promise<void> | undefined
      let begun: () => void = () => undefined
      const first = new Promise<void>((resolve) => {
        begun = resolve
      })
      const task = await listen(t, (socket) => {
        taken = takeSlowly(socket, GIB).then(() => {
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        })
        begun()
      })
      const door = await openProcess(t, lane, task)
      const client = connect({ port: door.port, host: '127.0.0.1' })
      t.after(() => client.destroy())
      const answer = once(client, 'data')
      client.write(request('PUT /', `Content-Length: ${GIB}`))
      pour(client, GIB)
      await first
      const growth = await watchGrowth(door, taken ?? Promise.resolve())
      const [head] = (await answer) as [Buffer]
      assert.match(head.toString(), /^HTTP\/1\.1 200/)
      assert.ok(growth < ALLOWED_GROWTH, `${growth} bytes`)
    }
  )
}

async function listen(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function openProcess(t: TestContext, lane: Lane, port: number): Promise<FrontDoorProcess> {
  const door = await startFrontDoorProcess({ proxy: { lane } })
  t.after(() => door.kill())
  await door.publish([{ id: '/myapp', ports: [port] }])
  return door
}

/** Sends as fast as the other side takes. */
function pour(socket: Socket, bytes: number): void {
  let left = bytes
  const more = (): void => {
    while (left > 0) {
      const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE
      left -= piece.length
      if (!socket.write(piece)) break
    }
  }
  socket.on('drain', more)
  more()
}

/** Reads in bursts; resolves when that many body bytes, heads aside, have come. */
function takeSlowly(socket: Socket, bytes: number): Promise<void> {
  let read = 0
  let burst = 0
  let headSeen = false
  return new Promise((resolve) => {
    socket.on('data', (piece: Buffer) => {
      // The head comes by itself, or in front of the first bytes of the body.
      if (!headSeen) read = -(piece.indexOf('\r\n\r\n') + 4)
      headSeen = true
      read += piece.length
      burst += piece.length
      if (read === bytes) resolve()
      if (burst < BURST) return
      burst = 0
      socket.pause()
      setTimeout(() => socket.resume(), PAUSE_MS)
    })
  })
}

/** The most by which the process grew while the work went on. */
async function watchGrowth(door: FrontDoorProcess, work: Promise<void>): Promise<number> {
  const before = await door.memory()
  let most = before
  let running = true
  const watched = (async () => {
    while (running) {
      most = Math.max(most, await door.memory())
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  await work
  running = false
  await watched
  return most - before
}
