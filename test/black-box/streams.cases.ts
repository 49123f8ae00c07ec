import assert from 'node:assert/strict'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { type RawAnswer, type RawClient, rawClient } from '../support/raw-client.ts'
import { startRawTask } from '../support/raw-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Bytes pass as they come; an end on one side shows on the other. */
export function streamCases(open: OpenFrontDoor): void {
  blackBox('server-sent events arrive one by one, the head before the first', async (t) => {
    const { task, client } = await openStage(t, open, {
      script: () =>
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n'
    })
    const { send, until: has, socket } = client()
    send(request('GET /events', 'Accept: text/event-stream'))
    await has('\r\n\r\n')
    const { socket: from, closed } = await task.connection(0)
    for (const event of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
      from.write(`${event.length.toString(16)}\r\n${event}\r\n`)
      await has(event)
    }
    socket.destroy()
    await closed
  })

  blackBox('a request body arrives piece by piece, before its end', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(request('POST /', 'Transfer-Encoding: chunked'))
    const connection = await task.connection(0)
    for (const piece of ['one', 'two']) {
      send(`3\r\n${piece}\r\n`)
      await connection.until(piece)
    }
    send('0\r\n\r\n')
    assert.equal((await answer()).status, 200)
  })

  wholeCases(open)
  clientGoneCases(open)
  taskGoneCases(open)
  earlyAnswerCases(open)
}

/** More than any kernel holds for a client that reads slowly. */
function wholeCases(open: OpenFrontDoor): void {
  for (const isChunked of [false, true]) {
    const name = isChunked ? 'in chunks' : 'with a length'
    const framed = (body: Buffer): [string, Buffer] =>
      isChunked
        ? ['Transfer-Encoding: chunked', inChunks(body)]
        : [`Content-Length: ${body.length}`, body]

    blackBox(`a large answer ${name} arrives as it was sent, fast and slowly`, async (t) => {
      const sent = pattern(8 * MIB)
      const [field, body] = framed(sent)
      const { client } = await openStage(t, open, {
        script: (_, { socket }) => {
          socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n`)
          socket.write(body)
          return undefined
        }
      })
      const text = sent.toString('latin1')
      const answers = await Promise.all([0, 1].map((pauseMs) => askSlowly(client, pauseMs)))
      for (const { body: got } of answers) assert.ok(got === text)
    })

    blackBox(`a large request ${name} arrives as it was sent`, async (t) => {
      const sent = pattern(MIB)
      const [field, body] = framed(sent)
      const { task, client } = await openStage(t, open)
      const { send, answer } = client()
      send(request('POST /', field))
      send(body)
      assert.equal((await answer()).status, 200)
      assert.ok(task.requests[0]?.body === sent.toString('latin1'))
    })
  }
}

const MIB = 1024 * 1024

/** No two places of it look the same. */
function pattern(bytes: number): Buffer {
  const words = Uint32Array.from({ length: bytes / 4 }, (_, i) => Math.imul(i + 1, 0x9e3779b1))
  return Buffer.from(words.buffer)
}

/** Of all sizes up to several reads. */
function inChunks(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0, size = 1; at < body.length; at += size, size = (size * 5) % 300_007) {
    const piece = body.subarray(at, at + size)
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

/** Asks, and pauses now and then while the answer comes. */
async function askSlowly(client: () => RawClient, pauseMs: number): Promise<RawAnswer> {
  const { send, answer, socket } = client()
  if (pauseMs > 0) {
    socket.on('data', () => {
      socket.pause()
      setTimeout(() => socket.resume(), pauseMs)
    })
  }
  send(request('GET /'))
  return answer()
}

/**
 * What a client that goes away, or stops reading, leaves behind.
 * @param isSilent the front door may close a connection on which a body turns out to be malformed
 */
export function clientGoneCases(open: OpenFrontDoor, { isSilent = false } = {}): void {
  blackBox('client gone before the head of the answer: the request is aborted', async (t) => {
    const { task, client } = await openStage(t, open, { script: () => undefined })
    const { send, socket } = client()
    send(request('GET /'))
    await eventually('the request', () => task.requests.length === 1)
    socket.destroy()
    await task.connections[0]?.closed
  })

  blackBox('client gone during a download: the request is aborted', async (t) => {
    const { task, client } = await openStage(t, open, {
      script: () => 'HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nsome'
    })
    const { send, socket, until: has } = client()
    send(request('GET /'))
    await has('some')
    socket.resetAndDestroy()
    await task.connections[0]?.closed
  })

  blackBox('client gone during an upload: the task never sees a complete request', async (t) => {
    for (const field of ['Content-Length: 100000', 'Transfer-Encoding: chunked']) {
      const { task, client } = await openStage(t, open)
      const { send, socket } = client()
      send(request('POST /', field) + half(field))
      const connection = await task.connection(0)
      await connection.until('hello')
      socket.destroy()
      await connection.closed
      assert.equal(task.requests.length, 0)
    }
  })

  blackBox('a malformed chunk aborts the request upstream', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(`${request('POST /', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`)
    const connection = await task.connection(0)
    await connection.until('hello')
    send('zz\r\n')
    if (isSilent) await assert.rejects(answer(), /closed without a whole answer; got $/)
    else assert.equal((await answer()).status, 400)
    await connection.closed
    assert.equal(task.requests.length, 0)
  })

  blackBox('a client that takes nothing for the idle time is cut off', async (t) => {
    const { task, client } = await openStage(t, open, {
      proxy: { timeout: { idle: '300ms' } },
      script: (_, { socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n')
        const more = (): void => {
          while (socket.writable && socket.write(Buffer.alloc(65_536)));
        }
        socket.on('drain', more)
        more()
        return undefined
      }
    })
    const { send, socket } = client()
    socket.pause()
    send(request('GET /'))
    await (await task.connection(0)).closed
  })
}

/** A body that ends too early is never ended cleanly. */
export function taskGoneCases(open: OpenFrontDoor): void {
  const broken = {
    'with a length': 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf!',
    chunked: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf!\r\n',
    'within a chunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf!'
  }
  for (const [name, bytes] of Object.entries(broken)) {
    for (const version of ['1.1', '1.0']) {
      blackBox(`task gone in a body ${name}: HTTP/${version} sees a broken one`, async (t) => {
        const { client } = await openStage(t, open, {
          script: (_, { socket }) => {
            socket.write(bytes, () => setTimeout(() => socket.destroy(), 50))
            return undefined
          }
        })
        const { send, closed, received } = client()
        send(request('GET /').replace('HTTP/1.1', `HTTP/${version}`))
        const how = await closed
        assert.ok(received() === '' || received().startsWith('HTTP/1.1 200'))
        assert.ok(!received().endsWith('0\r\n\r\n'))
        const bounded = /content-length: 10|transfer-encoding: chunked/i.test(received())
        if (!bounded) assert.equal(how, 'reset')
      })
    }
  }
}

function earlyAnswerCases(open: OpenFrontDoor): void {
  const bytes = 64 * 1024 * 1024

  blackBox('an early answer to an unfinished upload arrives whole', async (t) => {
    let answered = false
    const task = await startRawTask((connection) => {
      if (answered || !connection.received().includes('\r\n\r\n')) return
      answered = true
      connection.socket.pause()
      connection.socket.write('HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nbig!')
    })
    t.after(() => task.close())
    const door = await open()
    t.after(() => door.stop())
    await door.publish([{ id: '/myapp', ports: [task.endpoint.port] }])
    const { answer, closed, socket } = rawClient(t, door.port)
    socket.write(request('PUT /', `Content-Length: ${bytes}`))
    const piece = Buffer.alloc(65_536)
    const more = (): void => {
      while (socket.writable && socket.write(piece));
    }
    socket.on('drain', more)
    more()
    const { status, body } = await answer()
    assert.equal(status, 413)
    assert.equal(body, 'big!')
    await closed
    task.connections[0]?.socket.resume()
    await task.connections[0]?.closed
  })

  blackBox(
    'an own answer to an unfinished upload arrives whole, then the connection ends',
    async (t) => {
      const { task, client } = await openStage(t, open)
      const { send, answer, closed, socket } = client()
      send(`PUT / HTTP/1.1\r\nHost: nobody.local\r\nContent-Length: ${bytes}\r\n\r\n`)
      socket.write(Buffer.alloc(4 * 1024 * 1024))
      const { status, field } = await answer()
      assert.equal(status, 404)
      assert.equal(field('connection'), 'close')
      await closed
      assert.equal(task.requests.length, 0)
    }
  )

  blackBox('what follows an early answer on its connection is no request', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer, closed } = client()
    send('PUT / HTTP/1.1\r\nHost: nobody.local\r\nContent-Length: 5\r\n\r\n')
    assert.equal((await answer()).status, 404)
    send(`hello${request('GET /smuggled')}`)
    await closed
    const next = client()
    next.send(request('GET /next'))
    assert.equal((await next.answer()).body, 'ok')
    assert.equal(task.requests.length, 1)
  })
}

/** Half a body in the framing of that field. */
function half(field: string): string {
  return field.startsWith('Content-Length') ? 'hello' : '5\r\nhello\r\n'
}
