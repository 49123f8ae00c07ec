import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Outcome } from '../../src/gateway/plugin.ts'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { pluginOf } from '../support/plugin-under-test.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { REFUSING_PORT } from '../support/refusing-ports.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Answers the gateway gives by itself. */
export function ownAnswerCases(open: OpenFrontDoor): void {
  blackBox('before the first table every request is 503 GW_NO_TABLE', async (t) => {
    const door = await open()
    t.after(() => door.stop())
    const { send, answer } = rawClient(t, door.port)
    send(request('GET /'))
    const { status, body, field } = await answer()
    assert.equal(status, 503)
    assert.match(body, /GW_NO_TABLE/)
    assert.equal(field('retry-after'), '1')
    await door.publish([])
    send(request('GET /'))
    assert.equal((await answer()).status, 404)
  })

  blackBox(
    'an unknown host is 404 GW_NO_ROUTE, an app without a task 503 GW_NO_ENDPOINT',
    async (t) => {
      const { door, client } = await openStage(t, open)
      const { send, answer } = client()
      send('GET / HTTP/1.1\r\nHost: nobody.local\r\n\r\n')
      const unknown = await answer()
      assert.equal(unknown.status, 404)
      assert.match(unknown.body, /GW_NO_ROUTE/)
      await door.publish([{ id: '/myapp', ports: [] }])
      send(request('GET /'))
      const empty = await answer()
      assert.equal(empty.status, 503)
      assert.match(empty.body, /GW_NO_ENDPOINT/)
      assert.match(empty.field('retry-after') ?? '', /^[0-9]+$/)
      assert.equal(empty.field('cache-control'), 'no-store')
    }
  )

  blackBox('text, HTML or JSON by Accept; HEAD has the head alone', async (t) => {
    const { door } = await openStage(t, open)
    const { send, answer, received } = rawClient(t, door.port)
    const ask = async (method: string, accept: string) => {
      send(`${method} / HTTP/1.1\r\nHost: nobody.local\r\n${accept}\r\n`)
      return answer(method)
    }
    const plain = await ask('GET', '')
    assert.match(plain.field('content-type') ?? '', /^text\/plain/)
    const anything = await ask('GET', 'Accept: */*\r\n')
    assert.match(anything.field('content-type') ?? '', /^text\/plain/)
    const page = await ask('GET', 'Accept: text/html,application/xml;q=0.9,*/*;q=0.8\r\n')
    assert.match(page.field('content-type') ?? '', /^text\/html/)
    assert.match(page.body, /<h1>404<\/h1>/)
    const json = await ask('GET', 'Accept: text/html;q=0.1, application/json\r\n')
    assert.match(json.field('content-type') ?? '', /^application\/json/)
    assert.equal(JSON.parse(json.body).code, 'GW_NO_ROUTE')
    const head = await ask('HEAD', '')
    assert.equal(head.status, 404)
    assert.equal(head.field('content-length'), plain.field('content-length'))
    assert.equal(received(), '')
  })

  blackBox(
    'a dead task is 502 GW_UPSTREAM_REFUSED, and no address stands in the answer',
    async (t) => {
      const { door, client } = await openStage(t, open)
      await door.publish([{ id: '/myapp', ports: [REFUSING_PORT] }])
      for (const accept of ['text/plain', 'text/html', 'application/json']) {
        const { send, answer } = client()
        send(request('GET /', `Accept: ${accept}`))
        const { status, body, head } = await answer()
        assert.equal(status, 502)
        assert.match(body, /GW_UPSTREAM_REFUSED/)
        assert.doesNotMatch(head + body, new RegExp(`:${REFUSING_PORT}\\b|127\\.0\\.0\\.1|ECONN`))
      }
    }
  )

  blackBox('an answer that is not HTTP is 502 GW_UPSTREAM', async (t) => {
    const bad = [
      'SSH-2.0-x\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      'HTTP/1.1 200 OK\r\nX : y\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'
    ]
    const { client } = await openStage(t, open, { script: () => bad.shift() })
    while (bad.length > 0) {
      const { send, answer } = client()
      send(request('GET /'))
      const { status, body } = await answer()
      assert.equal(status, 502)
      assert.match(body, /GW_UPSTREAM\b/)
    }
  })

  blackBox('an invalid host or path is 400 with a code', async (t) => {
    const { client } = await openStage(t, open)
    const wrong = {
      'GET /%00 HTTP/1.1\r\nHost: myapp.local\r\n\r\n': /GW_BAD_PATH/,
      'GET /a\\b HTTP/1.1\r\nHost: myapp.local\r\n\r\n': /GW_BAD_(PATH|REQUEST)/,
      'GET / HTTP/1.1\r\n\r\n': /GW_BAD_HOST/,
      'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n': /GW_BAD_HOST/,
      'GET / HTTP/1.1\r\nHost: a b\r\n\r\n': /GW_BAD_HOST/,
      'GET / HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n': /GW_BAD_REQUEST/,
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n': /GW_BAD_FRAMING/
    }
    for (const [bytes, code] of Object.entries(wrong)) {
      const { send, answer } = client()
      send(bytes)
      const { status, body } = await answer()
      assert.equal(status, 400, bytes)
      assert.match(body, code)
    }
  })

  blackBox('behind a request whose end is unclear, nothing is read', async (t) => {
    const { client, task } = await openStage(t, open)
    const unclear = {
      'Transfer-Encoding: deflate, chunked': 501,
      'Transfer-Encoding: chunked, chunked': 400,
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked': 400,
      'Transfer-Encoding: chunked\r\nContent-Length: 5': 400
    }
    for (const [fields, status] of Object.entries(unclear)) {
      const { send, answer, closed, received } = client()
      send(`${request('POST /', fields)}5\r\nhello\r\n0\r\n\r\n${request('GET /behind')}`)
      assert.equal((await answer()).status, status, fields)
      await closed
      assert.equal(received(), '')
    }
    assert.equal(task.requests.length, 0)
  })

  blackBox(
    'what is refused is told to observers with its code, even what is no request',
    async (t) => {
      const outcomes: Outcome[] = []
      const watch = pluginOf('watch', (host) => host.observer((outcome) => outcomes.push(outcome)))
      const { client } = await openStage(t, open, { plugins: [watch] })
      const refused = {
        'GET / HTTP/1.1\r\nHost: x\r\nX Y: z\r\n\r\n': 'GW_BAD_REQUEST',
        'nonsense\r\n\r\n': 'GW_BAD_REQUEST',
        'GET / HTTP/3.0\r\nHost: x\r\n\r\n': 'GW_HTTP_VERSION',
        'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n': 'GW_BAD_HOST',
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n': 'GW_BAD_FRAMING',
        'GET /%00 HTTP/1.1\r\nHost: myapp.local\r\n\r\n': 'GW_BAD_PATH'
      }
      for (const [at, [bytes, code]] of Object.entries(refused).entries()) {
        const { send, answer } = client()
        send(bytes)
        const { status } = await answer()
        await eventually('the outcome', () => outcomes.length === at + 1)
        const told = outcomes.at(-1)
        assert.deepEqual([told?.code, told?.status, told?.client], [code, status, '127.0.0.1'])
      }
    }
  )

  blackBox(
    'more connections than a client may have are 429, and others are not counted',
    async (t) => {
      const { client, door } = await openStage(t, open, { proxy: { maxConnectionsPerClient: 2 } })
      const kept = [client(), client()]
      for (const { send, answer } of kept) {
        send(request('GET /'))
        assert.equal((await answer()).status, 200)
      }
      const beyond = client()
      const { status, body } = await beyond.answer()
      assert.equal(status, 429)
      assert.match(body, /GW_TOO_MANY_CONNECTIONS/)
      await beyond.closed
      const other = rawClient(t, door.port, '127.0.0.1', '127.0.0.2')
      other.send(request('GET /'))
      assert.equal((await other.answer()).status, 200)
      // One that leaves makes room.
      kept[0]?.socket.destroy()
      await eventually('the end', () => kept[0]?.socket.closed === true)
      await served(() => client())
    }
  )

  blackBox('more connections than the gateway may have are 503, whosever they are', async (t) => {
    const proxy = { maxConnections: 2, trustedProxies: ['127.0.0.0/8'] }
    const { client } = await openStage(t, open, { proxy })
    const kept = [client(), client()]
    for (const { send, answer } of kept) {
      send(request('GET /'))
      assert.equal((await answer()).status, 200)
    }
    const beyond = client()
    const { status, body, field } = await beyond.answer()
    assert.deepEqual([status, field('retry-after'), field('connection')], [503, '1', 'close'])
    assert.match(body, /GW_EXHAUSTED/)
    await beyond.closed
    for (const { send, answer } of kept) {
      send(request('GET /'))
      assert.equal((await answer()).status, 200)
    }
    kept[0]?.socket.destroy()
    await served(() => client())
  })

  blackBox('a client that is one too many is told, though it has sent its request', async (t) => {
    const { client } = await openStage(t, open, { proxy: { maxConnections: 1 } })
    const kept = client()
    kept.send(request('GET /'))
    assert.equal((await kept.answer()).status, 200)
    for (let turn = 0; turn < 3; turn += 1) {
      const beyond = client()
      beyond.send(`${request('POST /', 'Content-Length: 9000000')}${'x'.repeat(9_000_000)}`)
      beyond.socket.end()
      const gone = once(beyond.socket, 'close')
      assert.equal((await beyond.answer()).status, 503)
      assert.deepEqual(await gone, [false], 'closed by a reset')
    }
  })

  blackBox('connections of a trusted proxy are not counted', async (t) => {
    const proxy = { maxConnectionsPerClient: 1, trustedProxies: ['127.0.0.0/8'] }
    const { client } = await openStage(t, open, { proxy })
    for (const { send, answer } of [client(), client(), client()]) {
      send(request('GET /'))
      assert.equal((await answer()).status, 200)
    }
  })

  blackBox('a head that is too large, or of too many fields, is 431', async (t) => {
    const { client } = await openStage(t, open)
    const many = Array.from({ length: 300 }, (_, i) => `X-${i}: 1`)
    for (const fields of [[`X-Big: ${'x'.repeat(40_000)}`], many]) {
      const { send, answer } = client()
      send(request('GET /', ...fields))
      const { status, body } = await answer()
      assert.equal(status, 431)
      assert.match(body, /GW_HEAD_TOO_LARGE/)
    }
  })

  blackBox('a head that does not end in time is 408', async (t) => {
    const { client } = await openStage(t, open, { proxy: { timeout: { head: '300ms' } } })
    const { send, answer, closed } = client()
    send('GET / HTTP/1.1\r\nHost: myapp.local\r\n')
    const { status, body } = await answer()
    assert.equal(status, 408)
    assert.match(body, /GW_REQUEST_TIMEOUT/)
    await closed
  })
}

/** Some connection is, soon: that another one is gone may take a moment to be seen. */
async function served(connect: () => RawClient): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const { send, answer, closed } = connect()
    send(request('GET /'))
    if ((await answer().catch(() => undefined))?.status === 200) return
    await closed
  }
  assert.fail('no connection is served')
}
