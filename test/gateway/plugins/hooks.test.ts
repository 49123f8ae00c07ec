import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import test from 'node:test'
import type { HookSet } from '../../../src/gateway/plugin.ts'
import type { Echo } from '../../../src/testing/echo-task.ts'
import { eventually } from '../../support/eventually.ts'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

const hooked = { id: '/myapp', labels: { 'gateway.hooks': 'guard' } }

const guard = (set: HookSet) => pluginOf('guard', (host) => host.hooks('guard', set))

const withGuard = (set: HookSet, answer?: Parameters<typeof startGateway>[1]) => ({
  plugins: [guard(set)],
  apps: [hooked],
  ...answer
})

test('a hook set: preHandler changes headers and target of what is forwarded', async (t) => {
  const gateway = await startGateway(
    t,
    withGuard({
      async preHandler({ outgoing, route }) {
        outgoing.set('X-Tenant', `${outgoing.get('x-user')}@${route.match.host}`)
        outgoing.remove('x-user')
        outgoing.target = `/v1${outgoing.target}`
      }
    })
  )
  const answer = await gateway.request('http://myapp.local/a%2Fb?q=1', {
    headers: { 'x-user': 'ada' }
  })
  const echo = answer.json<Echo>()
  assert.equal(echo.url, '/v1/a%2Fb?q=1')
  assert.equal(echo.headers['x-tenant'], 'ada@myapp.local')
  assert.equal(echo.headers['x-user'], undefined)
})

test('a hook set: preHandler may look at something else first and carry a body on', async (t) => {
  const gateway = await startGateway(
    t,
    withGuard({ preHandler: () => new Promise((resolve) => setTimeout(resolve, 20)) })
  )
  const answer = await gateway.request('http://myapp.local/', { method: 'POST', body: 'hello' })
  assert.equal(answer.json<Echo>().body, 'hello')
})

for (const onSend of [false, true]) {
  test(`a hook set: preHandler answers by itself${onSend ? ', and onSend sees that' : ''}`, async (t) => {
    const gateway = await startGateway(
      t,
      withGuard({
        async preHandler(_request, reply) {
          return reply.code(401).send({ message: 'who are you?' })
        },
        ...(onSend && { onSend: async (_request, _reply, payload) => `${payload}!` })
      })
    )
    const answer = await gateway.request('http://myapp.local/', { method: 'POST', body: 'x' })
    assert.equal(answer.status, 401)
    assert.equal(answer.text, `{"message":"who are you?"}${onSend ? '!' : ''}`)
    await eventually('the outcome', () => gateway.outcomes.length > 0)
    const [outcome] = gateway.outcomes
    assert.equal(gateway.outcomes.length, 1)
    assert.deepEqual(
      [outcome?.status, outcome?.code, outcome?.route?.hooks, outcome?.endpoint, outcome?.attempts],
      [401, undefined, 'guard', undefined, []]
    )
  })
}

const throwing: readonly { name: string; set: HookSet }[] = [
  { name: 'preHandler rejects', set: { preHandler: () => Promise.reject(new Error('no luck')) } },
  {
    name: 'preHandler throws at once',
    set: {
      preHandler() {
        throw new Error('no luck')
      }
    }
  },
  { name: 'onSend rejects', set: { onSend: () => Promise.reject(new Error('no luck')) } },
  {
    name: 'preHandler sets a target that would split the request',
    set: {
      async preHandler({ outgoing }) {
        outgoing.target = '/a HTTP/1.1\r\nHost: other'
      }
    }
  },
  {
    name: 'preHandler sets a header that would split the request',
    set: {
      async preHandler({ outgoing }) {
        outgoing.set('x-a', 'a\r\nx-b: b')
      }
    }
  }
]

for (const { name, set } of throwing) {
  test(`a hook set: when ${name}, the answer is 500 GW_INTERNAL, logged and reported once`, async (t) => {
    const gateway = await startGateway(t, withGuard(set))
    const answer = await gateway.request('http://myapp.local/')
    assert.equal(answer.status, 500)
    assert.match(answer.text, /GW_INTERNAL/)
    assert.doesNotMatch(answer.text, /no luck|127\.0\.0\.1/)
    await eventually('the outcome', () => gateway.outcomes.length > 0)
    assert.deepEqual(
      gateway.outcomes.map(({ status, code, route }) => [status, code, route?.hooks]),
      [[500, 'GW_INTERNAL', 'guard']]
    )
    assert.equal(gateway.logs.filter(({ level }) => level === 50).length, 1)
    assert.equal((await gateway.request('http://myapp.local/')).status, 500)
  })
}

test('a hook set: a preHandler that is no async function is not waited for in vain', async (t) => {
  const preHandler = (() => undefined) as unknown as NonNullable<HookSet['preHandler']>
  const gateway = await startGateway(t, withGuard({ preHandler }))
  assert.equal((await gateway.request('http://myapp.local/')).status, 200)
})

test('a hook set: onSend rewrites head and body, and the length follows', async (t) => {
  const gateway = await startGateway(
    t,
    withGuard({
      async onSend(_request, reply, payload) {
        reply.code(203).header('x-seen', 'yes').removeHeader('x-secret')
        let text = ''
        for await (const chunk of payload as AsyncIterable<Buffer>) text += chunk.toString()
        return text.toUpperCase().repeat(2)
      }
    })
  )
  await gateway.setApps([
    {
      ...hooked,
      answer: (_req, res) =>
        res.writeHead(200, { 'x-secret': 's', 'content-length': 4 }).end('body')
    }
  ])
  const answer = await gateway.request('http://myapp.local/')
  assert.equal(answer.status, 203)
  assert.equal(answer.text, 'BODYBODY')
  assert.equal(answer.headers['content-length'], '8')
  assert.equal(answer.headers['x-seen'], 'yes')
  assert.equal(answer.headers['x-secret'], undefined)
  await eventually('the outcome', () => gateway.outcomes.length > 0)
  assert.equal(gateway.outcomes[0]?.status, 203)
})

test('a hook set: onSend that passes a stream on leaves the length to it', async (t) => {
  const gateway = await startGateway(
    t,
    withGuard({
      async onSend(_request, _reply, payload) {
        return doubled(payload as AsyncIterable<Buffer>)
      }
    })
  )
  await gateway.setApps([
    { ...hooked, answer: (_req, res) => res.writeHead(200, { 'content-length': 4 }).end('body') }
  ])
  const answer = await gateway.request('http://myapp.local/')
  assert.equal(answer.text, 'bodybody')
  assert.equal(answer.headers['content-length'], undefined)
})

test('a hook set: a client that leaves during the hooks costs no request at the task', async (t) => {
  let inside = false
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const gateway = await startGateway(
    t,
    withGuard({
      preHandler() {
        inside = true
        return held
      }
    })
  )
  let hits = 0
  await gateway.setApps([
    {
      ...hooked,
      answer: (_req, res) => {
        hits += 1
        res.end()
      }
    }
  ])
  const client = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  await once(client, 'connect')
  client.write('GET / HTTP/1.1\r\nHost: myapp.local\r\n\r\n')
  await eventually('the hook', () => inside)
  client.destroy()
  await eventually('the outcome', () => gateway.outcomes.length > 0)
  release()
  // What the release sets off would have reached the task before this one.
  const other = await gateway.request('http://myapp.local/')
  assert.equal(other.status, 200)
  assert.equal(hits, 1)
})

test('a label that names an unknown hook set closes the route: 503 GW_GUARD_INVALID', async (t) => {
  const gateway = await startGateway(t, {
    apps: [
      { id: '/myapp', labels: { 'gateway.hooks': 'sign-in' } },
      { id: '/other', labels: {} }
    ]
  })
  const answer = await gateway.request('http://myapp.local/')
  assert.equal(answer.status, 503)
  assert.match(answer.text, /GW_GUARD_INVALID/)
  assert.equal((await gateway.request('http://other.local/')).status, 200)
  const [problem] = gateway.host.problems
  assert.equal(problem?.app, '/myapp')
  assert.equal(problem?.label, 'gateway.hooks')
  await eventually('the outcomes', () => gateway.outcomes.length === 2)
  assert.equal(gateway.outcomes[0]?.route?.services.length, 1)
})

function doubled(body: AsyncIterable<Buffer>): Readable {
  return Readable.from(
    (async function* () {
      for await (const chunk of body) yield Buffer.concat([chunk, chunk])
    })()
  )
}

test('a hook set: a websocket handshake that preHandler refuses is answered and reported', async (t) => {
  const gateway = await startGateway(
    t,
    withGuard({ preHandler: async (_request, reply) => reply.code(401).send('who are you?') })
  )
  const client = connect(Number(new URL(gateway.url).port), '127.0.0.1')
  client.setEncoding('utf8')
  client.write(
    'GET / HTTP/1.1\r\nHost: myapp.local\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  )
  let text = ''
  for await (const chunk of client) text += chunk
  assert.match(text, /^HTTP\/1\.1 401 /)
  assert.match(text, /who are you\?$/)
  await eventually('the outcome', () => gateway.outcomes.length > 0)
  assert.deepEqual(
    gateway.outcomes.map(({ status, attempts }) => [status, attempts.length]),
    [[401, 0]]
  )
})
