import assert from 'node:assert/strict'
import { METHODS } from 'node:http'
import { eventually } from '../support/eventually.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { OK } from '../support/scripted-task.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Methods no proxy forwards: one opens tunnels, the other tells what it was sent. */
const REFUSED = ['CONNECT', 'TRACE']

/** Methods, targets, bodies and versions pass as they are. */
export function messageCases(open: OpenFrontDoor): void {
  blackBox('every method the parser knows is forwarded, with and without a body', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    for (const method of METHODS.filter((one) => !REFUSED.includes(one))) {
      send(request(`${method} /m`))
      assert.equal((await answer(method)).status, 200, method)
      assert.equal(task.requests.at(-1)?.method, method)
      send(`${request(`${method} /m`, 'Content-Length: 5')}hello`)
      assert.equal((await answer(method)).status, 200, method)
      assert.equal(task.requests.at(-1)?.body, 'hello', method)
    }
  })

  blackBox('CONNECT and TRACE are refused with a code', async (t) => {
    const { task, client } = await openStage(t, open)
    for (const line of ['CONNECT myapp.local:80', 'TRACE /']) {
      const { send, answer } = client()
      send(request(line))
      const { status, body } = await answer()
      assert.equal(status, 405)
      assert.match(body, /GW_METHOD_REFUSED/)
    }
    assert.equal(task.requests.length, 0)
  })

  blackBox('a chunked body stays chunked on any method', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    for (const method of ['GET', 'DELETE', 'POST', 'OPTIONS', 'HEAD']) {
      const head = request(`${method} /`, 'Transfer-Encoding: chunked')
      send(`${head}5;ext=1\r\nhello\r\n3\r\n, x\r\n0\r\n\r\n`)
      assert.equal((await answer(method)).status, 200)
      const { body, fields = [] } = task.requests.at(-1) ?? {}
      assert.equal(body, 'hello, x')
      assert.ok(fields.some(([name]) => name === 'transfer-encoding'))
    }
  })

  blackBox('a body with an announced length of 0 keeps its length', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(request('POST /', 'Content-Length: 0'))
    await answer()
    assert.match(task.bytes[0] ?? '', /\r\nContent-Length: 0\r\n/)
    send(request('POST /'))
    await answer()
    assert.doesNotMatch(task.bytes[1] ?? '', /Content-Length|Transfer-Encoding/)
  })

  blackBox('the target is forwarded byte for byte', async (t) => {
    const { task, client } = await openStage(t, open)
    const targets = [
      '/a%2Fb%2fc',
      '//a///b//',
      '/%7Euser/%e2%82%ac',
      '/?a=b?c&d=%00%5c/../x',
      "/a;b=c,d@e:f!$'()*+",
      '/%zz%',
      '/a/./b/../c',
      '/?',
      '/a?b=[1]',
      '/A/a'
    ]
    const { send, answer } = client()
    for (const target of targets) {
      send(request(`GET ${target}`))
      assert.equal((await answer()).status, 200, target)
      assert.equal(task.requests.at(-1)?.target, target)
    }
  })

  blackBox('an absolute target is forwarded in origin form, its host wins over Host', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send('GET http://myapp.local/a?b HTTP/1.1\r\nHost: other.local\r\n\r\n')
    assert.equal((await answer()).status, 200)
    assert.equal(task.requests[0]?.target, '/a?b')
    assert.match(task.bytes[0] ?? '', /\r\nHost: myapp\.local\r\n/)
  })

  blackBox('strip removes the segments that matched, and keeps the rest raw', async (t) => {
    const labels = { 'gateway.path': '/shop/api', 'gateway.path.strip': 'true' }
    const { task, client } = await openStage(t, open, { labels })
    const { send, answer } = client()
    const stripped = {
      '/shop/api': '/',
      '/shop/api?x=1': '/?x=1',
      '/shop/api/a%2Fb//c?q=%20': '/a%2Fb//c?q=%20',
      '/sh%6Fp//api/x': '/x'
    }
    for (const [target, expected] of Object.entries(stripped)) {
      send(request(`GET ${target}`))
      assert.equal((await answer()).status, 200, target)
      assert.equal(task.requests.at(-1)?.target, expected)
    }
  })

  blackBox('OPTIONS * is answered by the gateway itself', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    send(request('OPTIONS *'))
    const { status, field } = await answer()
    assert.equal(status, 200)
    assert.match(field('allow') ?? '', /GET/)
    send(request('GET /'))
    assert.equal((await answer()).status, 200)
    assert.equal(task.requests.length, 1)
  })

  blackBox('OPTIONS * with a host that is none is refused', async (t) => {
    const { task, client } = await openStage(t, open)
    const { send, answer } = client()
    for (const target of ['http://app.test;v=1', 'http://app.test%2fx', 'http://u@app.test']) {
      send(request(`OPTIONS ${target}`))
      const { status, body } = await answer()
      assert.equal(status, 400, target)
      assert.match(String(body), /GW_BAD_HOST/)
    }
    assert.equal(task.requests.length, 0)
  })

  blackBox(
    'answers without a body keep their Content-Length, and the connection lives',
    async (t) => {
      const { client } = await openStage(t, open, {
        script: ({ method, target }) =>
          method === 'HEAD'
            ? 'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n'
            : target === '/304'
              ? 'HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\nETag: "a"\r\n\r\n'
              : target === '/204'
                ? 'HTTP/1.1 204 No Content\r\n\r\n'
                : 'HTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n'
      })
      const { send, answer } = client()
      send(request('HEAD /'))
      assert.equal((await answer('HEAD')).field('content-length'), '1234')
      send(request('GET /304'))
      const notModified = await answer()
      assert.equal(notModified.status, 304)
      assert.equal(notModified.field('content-length'), '77')
      assert.equal(notModified.field('transfer-encoding'), undefined)
      send(request('GET /204'))
      const empty = await answer()
      assert.equal(empty.status, 204)
      assert.equal(empty.field('content-length'), undefined)
      assert.equal(empty.field('transfer-encoding'), undefined)
      send(request('GET /empty'))
      const zero = await answer()
      assert.equal(zero.reason, 'Fine')
      assert.equal(zero.field('content-length'), '0')
    }
  )

  blackBox('HEAD of a chunked answer has neither body nor chunks', async (t) => {
    const script = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n'
    const { client } = await openStage(t, open, { script })
    const { send, answer, received } = client()
    send(request('HEAD /'))
    assert.equal((await answer('HEAD')).status, 200)
    send(request('HEAD /'))
    assert.equal((await answer('HEAD')).status, 200)
    assert.equal(received(), '')
  })

  blackBox('pipelined requests are answered in order', async (t) => {
    const later: (() => void)[] = []
    const { client } = await openStage(t, open, {
      script: ({ target }, { socket }) => {
        const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`
        later.push(() => void socket.write(answer))
        // The first one is answered last.
        if (later.length === 5) for (const say of later.reverse()) say()
        return undefined
      }
    })
    const { send, answer } = client()
    send(['/1', '/2', '/3', '/4', '/5'].map((target) => request(`GET ${target}`)).join(''))
    const bodies: string[] = []
    for (let i = 0; i < 5; i++) bodies.push((await answer()).body)
    assert.deepEqual(bodies, ['/1', '/2', '/3', '/4', '/5'])
  })

  blackBox('a malformed request behind a good one is refused after the good answer', async (t) => {
    let say: (() => void) | undefined
    const { client, task } = await openStage(t, open, {
      script: (_, { socket }) => {
        say = () => void socket.write(OK)
        return undefined
      }
    })
    const { send, answer, closed } = client()
    send(`${request('GET /good')}BAD request\r\n\r\n`)
    await eventually('the good request', () => task.requests.length === 1)
    say?.()
    const good = await answer()
    assert.equal(good.status, 200)
    assert.equal(good.body, 'ok')
    await closed
    assert.equal(task.requests.length, 1)
  })
}
