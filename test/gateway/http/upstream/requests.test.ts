import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UpstreamRequest } from '../../../../src/gateway/http/upstream/exchange.ts'
import type { MeasuredExchange } from '../../../../src/gateway/http/upstream/upstream-client.ts'
import { testClient, testTask } from '../../../support/client-fixture.ts'
import { eventually } from '../../../support/eventually.ts'
import { record, request } from '../../../support/recording-handler.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const b = (text: string) => Buffer.from(text, 'latin1')
const post = (body: UpstreamRequest['body']) => request({ method: 'POST', body })

interface Case {
  readonly name: string
  readonly body: UpstreamRequest['body']
  readonly send: (exchange: MeasuredExchange) => void
  readonly sent: string
}

const cases: readonly Case[] = [
  { name: 'none', body: 'none', send: (x) => x.end(), sent: '\r\n' },
  {
    name: 'a length',
    body: 5,
    send: (x) => {
      x.write(b('he'))
      x.write(b('llo'))
      x.end()
    },
    sent: 'Content-Length: 5\r\n\r\nhello'
  },
  { name: 'an empty body', body: 0, send: (x) => x.end(), sent: 'Content-Length: 0\r\n\r\n' },
  {
    name: 'chunks',
    body: 'chunked',
    send: (x) => {
      x.write(b('hello'))
      x.write(b('y'.repeat(20)))
      x.end()
    },
    sent: `Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n14\r\n${'y'.repeat(20)}\r\n0\r\n\r\n`
  },
  {
    name: 'a large chunk',
    body: 'chunked',
    send: (x) => {
      x.write(b('y'.repeat(70_000)))
      x.end()
    },
    sent: `Transfer-Encoding: chunked\r\n\r\n11170\r\n${'y'.repeat(70_000)}\r\n0\r\n\r\n`
  },
  {
    name: 'an empty write is no last chunk',
    body: 'chunked',
    send: (x) => {
      x.write(b(''))
      x.write(b('a'))
      x.end()
    },
    sent: 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'
  },
  {
    name: 'trailers',
    body: 'chunked',
    send: (x) => {
      x.write(b('a'))
      x.end(['X-T', '1', 'X-U', '2'])
    },
    sent: 'Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-T: 1\r\nX-U: 2\r\n\r\n'
  }
]

for (const c of cases) {
  // Before there is a connection bytes are held; on a kept one they leave at once.
  for (const kept of [false, true]) {
    test(`request body: ${c.name}, on a ${kept ? 'kept' : 'new'} connection`, async () => {
      const head = `POST / HTTP/1.1\r\nHost: myapp.local\r\n`
      const task = await testTask((connection) => {
        if (kept && connection.received().startsWith('GET')) connection.clear()
        else if (connection.received() !== head + c.sent) return
        connection.socket.write(OK)
      })
      const client = testClient()
      if (kept) {
        const first = record()
        client.send(task.endpoint, request(), first)
        await first.over
      }
      const told = record()
      const exchange = client.send(task.endpoint, post(c.body), told)
      c.send(exchange)
      assert.equal(await told.over, 'end')
      assert.equal(task.connections.length, 1)
      assert.equal(exchange.reused, kept)
      assert.equal(exchange.bytesSent, head.length + c.sent.length)
      assert.equal(exchange.bytesRead, OK.length)
    })
  }
}

const broken: readonly (readonly [
  string,
  UpstreamRequest,
  (exchange: MeasuredExchange) => void
])[] = [
  [
    'a body shorter than announced',
    post(5),
    (x) => {
      x.write(b('hell'))
      x.end()
    }
  ],
  ['a body longer than announced', post(3), (x) => void x.write(b('hell'))],
  ['a body that was not announced', post('none'), (x) => void x.write(b('hell'))],
  ['a body with a length below zero', post(-1), () => undefined],
  ['a length that is no number', post(Number.NaN), () => undefined],
  ['a trailer that can not be written', post('chunked'), (x) => x.end(['X', 'a\r\nb'])],
  ['a head that can not be written', request({ headers: ['a', 'b\nc'] }), () => undefined]
]

for (const [name, bad, send] of broken) {
  test(`request: ${name} fails and breaks the connection`, async () => {
    const task = await testTask((connection) => {
      if (connection.received().endsWith('\r\n\r\n') && connection.received().startsWith('GET')) {
        connection.socket.write(OK)
      }
    })
    const client = testClient()
    const first = record()
    client.send(task.endpoint, request(), first)
    await first.over
    const told = record()
    const exchange = client.send(task.endpoint, bad, told)
    send(exchange)
    assert.deepEqual(told.events, [], 'no call from within')
    await told.over
    assert.equal(told.failure?.reason, 'bad-request')
    await task.connections[0]?.closed
    assert.ok(!task.connections[0]?.received().includes('\r\n0\r\n'), 'the body was not ended')
  })
}

test('request: head and first body bytes leave in one piece', async () => {
  const pieces: string[] = []
  const task = await testTask((connection, piece) => {
    pieces.push(piece.toString('latin1'))
    if (connection.received().endsWith('hello')) connection.socket.write(OK)
  })
  const told = record()
  const exchange = testClient().send(task.endpoint, post(5), told)
  exchange.write(b('hello'))
  exchange.end()
  await told.over
  assert.equal(pieces.length, 1)
})

test('request: an answer before the end of the upload is told at once, the connection is given up', async () => {
  let answered = false
  const task = await testTask((connection) => {
    if (answered) return
    answered = true
    connection.socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig')
  })
  const told = record()
  const client = testClient()
  const exchange = client.send(task.endpoint, post(1_000_000), told)
  exchange.write(b('x'))
  assert.equal(await told.over, 'end')
  assert.deepEqual([told.status, told.body], [413, 'big'])
  assert.equal(client.stats()[0]?.connections, 0)
  assert.equal(exchange.write(b('y')), true, 'swallowed')
  exchange.end()
  await task.connections[0]?.closed
  assert.deepEqual(told.events, ['head 413', 'end'])
})

test('request: an early answer goes on while the upload goes on', async () => {
  let total = 0
  const task = await testTask((connection, piece) => {
    if (total === 0)
      connection.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    total += piece.length
    connection.socket.write('1\r\n.\r\n')
    if (connection.received().endsWith('0\r\n\r\n')) connection.socket.write('0\r\n\r\n')
  })
  const told = record()
  const exchange = testClient().send(task.endpoint, post('chunked'), told)
  exchange.write(b('one'))
  await told.head
  exchange.write(b('two'))
  exchange.end()
  assert.equal(await told.over, 'end')
  assert.match(told.body, /^\.+$/)
})

test('request: an early answer with RST behind it is not lost to the broken upload', async () => {
  const task = await testTask(({ socket }) => {
    socket.pause()
    socket.end('HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig', () =>
      socket.destroy()
    )
  })
  const client = testClient()
  for (let i = 0; i < 30; i++) {
    const told = record()
    const exchange = client.send(task.endpoint, post('chunked'), told)
    const chunk = Buffer.alloc(65_536)
    const upload = setInterval(() => {
      for (let n = 0; n < 10; n++) exchange.write(chunk)
    }, 0)
    await told.over
    clearInterval(upload)
    assert.deepEqual([told.status, told.body, told.failure?.reason], [413, 'big', undefined])
  }
})

test('request: a slow task holds the upload back and memory stays bounded', async () => {
  const task = await testTask(undefined, { paused: true })
  const told = record()
  const exchange = testClient().send(task.endpoint, post('chunked'), told)
  const chunk = Buffer.alloc(65_536)
  await task.connection(0)
  exchange.write(chunk)
  await eventually('a drain', () => told.drains > 0)
  let written = 0
  while (exchange.write(chunk)) written += chunk.length
  assert.ok(written < 16 * 1024 * 1024, `held back after ${written}`)
  const { socket } = await task.connection(0)
  let drained = 0
  socket.on('data', (piece) => {
    drained += piece.length
  })
  const before = told.drains
  await eventually('another drain', () => told.drains > before)
  exchange.end()
  await eventually('all is read', () => drained > written)
  exchange.abort()
})

test('answer: of 128 MiB to a slow reader only little is under way at any time', async () => {
  const size = 128 * 1024 * 1024
  const piece = Buffer.alloc(256 * 1024)
  let left = size
  const task = await testTask(({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`)
    const more = () => {
      while (left > 0) {
        left -= piece.length
        if (!socket.write(piece)) return void socket.once('drain', more)
      }
    }
    more()
  })
  let read = 0
  let underWay = 0
  const told = record()
  const exchange = testClient().send(task.endpoint, request(), {
    ...told,
    onData: (chunk) => {
      read += chunk.length
      underWay = Math.max(underWay, size - left - read)
      setImmediate(() => exchange.resume())
      return false
    }
  })
  await told.over
  assert.equal(read, size)
  assert.ok(underWay < 32 * 1024 * 1024, `${underWay >> 20} MiB were under way`)
})

test('answer: while the lane is not ready nothing more is read, and no timeout runs', async () => {
  const timeouts = { connectMs: 10_000, firstByteMs: 30_000, idleMs: 100 }
  const task = await testTask(({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
    setTimeout(() => socket.write('world'), 50)
  })
  const told = record(() => false)
  const exchange = testClient().send(task.endpoint, request({ timeouts }), told)
  await told.head
  await new Promise((resolve) => setTimeout(resolve, 700))
  assert.deepEqual([told.body, told.events], ['hello', ['head 200']])
  exchange.resume()
  await told.over
  assert.deepEqual([told.body, told.events], ['helloworld', ['head 200', 'end']])
})

test('answer: body bytes are said to be borrowed when the next ones replace them', async () => {
  let count = 0
  const task = await testTask((connection) => {
    connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nbody ${count++}`)
  })
  const client = testClient()
  const kept: Buffer[] = []
  for (let i = 0; i < 5; i++) {
    const told = record((chunk) => kept.push(chunk) > 0)
    client.send(task.endpoint, request(), told)
    await told.over
  }
  assert.deepEqual(kept.map(String), ['body 0', 'body 1', 'body 2', 'body 3', 'body 4'])
})

test('answer: a large body arrives as it was sent', async () => {
  const sent = Buffer.from(Array.from({ length: 3_000_017 }, (_, i) => (i * 31 + (i >> 8)) & 255))
  const task = await testTask(({ socket }) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${sent.length}\r\n\r\n`)
    socket.write(sent)
  })
  const kept: Buffer[] = []
  const told = record((chunk) => kept.push(chunk) > 0)
  testClient().send(task.endpoint, request(), told)
  assert.equal(await told.over, 'end')
  assert.ok(Buffer.concat(kept).equals(sent))
})
