import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import test from 'node:test'
import { gzipSync } from 'node:zlib'
import { eventually } from '../../support/eventually.ts'
import { sendHtml, sendJson, startFakeMarathon } from '../../support/fake-marathon.ts'
import { fakeMarathon, startSource } from '../../support/marathon-source.ts'
import { testCertificate } from '../../support/test-certificate.ts'

const apps = [{ id: '/web' }]
const LIMITS = { events: false, requestTimeoutMs: 500, maxAnswerBytes: 100_000 }

interface Fault {
  readonly name: string
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  /** What the operator reads. */
  readonly reason: RegExp
}

const faults: readonly Fault[] = [
  {
    name: 'a standby without leader: 502 and HTML',
    answer: (_, response) => void sendHtml(response, 502),
    reason: /it answered with status 502$/
  },
  {
    name: '503 without a body',
    answer: (_, response) => void response.writeHead(503).end(),
    reason: /it answered with status 503$/
  },
  {
    name: '200 and nothing',
    answer: (_, response) => void response.writeHead(200).end(),
    reason: /the answer is empty$/
  },
  {
    name: '200 without apps',
    answer: (_, response) => void sendJson(response, 200, { message: 'hello' }),
    reason: /the answer has no list "apps"$/
  },
  {
    name: '200 and half of the JSON',
    answer: (_, response) => void response.end('{"apps":[{"id":"/web"},{"id":'),
    reason: /the answer is no JSON, or not all of it$/
  },
  {
    name: 'a login page',
    answer: (_, response) => void sendHtml(response, 200),
    reason: /the answer is no JSON, or not all of it$/
  },
  {
    name: 'a connection that is cut within the answer',
    answer: (_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"apps":', () => response.destroy())
    },
    reason: /closed before the answer was complete$/
  },
  {
    name: 'a connection that is cut before the answer',
    answer: (request) => void request.socket.destroy(),
    reason: /closed before the answer was complete$|reset$/
  },
  {
    name: 'something that is no HTTP',
    answer: (request) => void request.socket.end('220 mail.example.com ESMTP\r\n'),
    reason: /the answer is no HTTP$/
  },
  {
    name: 'an endless answer',
    answer: (_, response) => {
      const more = () => {
        if (!response.destroyed) response.write('x'.repeat(50_000), () => setImmediate(more))
      }
      more()
    },
    reason: /bigger than the limit of 100000 bytes$/
  },
  {
    name: 'a small answer that unpacks to a huge one',
    answer: (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync(Buffer.alloc(10_000_000)))
    },
    reason: /bigger than the limit of 100000 bytes$/
  },
  {
    name: 'a deadlock: the connection is taken and never answered',
    answer: () => {},
    reason: /no complete answer within 0\.5 s$/
  },
  {
    name: 'an answer that never ends',
    answer: (_, response) => void response.writeHead(200).write('{"apps":['),
    reason: /no complete answer within 0\.5 s$/
  },
  {
    name: 'a circle of redirects',
    answer: (request, response) => void response.writeHead(302, { location: request.url }).end(),
    reason: /more than 2 redirects$/
  },
  {
    name: 'a redirect to another protocol',
    answer: (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    reason: /redirects to something that is no http or https URL$/
  },
  {
    name: 'missing credentials',
    answer: (_, response) => void sendHtml(response, 401),
    reason: /status 401: the credentials are missing or wrong$/
  }
]

for (const { name, answer, reason } of faults) {
  test(`the next node is asked after ${name}`, async (t) => {
    const [bad, good] = [await fakeMarathon(t), await fakeMarathon(t)]
    bad.script = (request, response) => {
      answer(request, response)
      return true
    }
    good.apps = apps
    const { sink, source } = startSource(t, { ...LIMITS, urls: [bad.url, good.url] })
    await eventually('a snapshot of the good node', () => sink.app('/web') !== undefined)
    assert.deepEqual(sink.failures, [])
    const askedBad = bad.requests.length
    source.refresh('test')
    await eventually('the second snapshot', () => sink.snapshots.length === 2)
    assert.equal(bad.requests.length, askedBad, 'the node that works is remembered')
  })

  test(`the last snapshot stays, with a reason, after ${name}`, async (t) => {
    const marathon = await fakeMarathon(t)
    marathon.apps = apps
    const { sink, source } = startSource(t, { ...LIMITS, urls: [marathon.url] })
    await eventually('a snapshot', () => sink.snapshots.length === 1)
    marathon.script = (request, response) => {
      answer(request, response)
      return true
    }
    source.refresh('test')
    await eventually('a failure', () => sink.failures.length > 0)
    assert.match(sink.failures[0] ?? '', reason)
    assert.ok(sink.failures[0]?.startsWith(marathon.url))
    assert.equal(sink.snapshots.length, 1)

    marathon.script = () => false
    await eventually('a snapshot without being asked', () => sink.snapshots.length > 1)
  })
}

test('a node that nobody listens on is left for the next', async (t) => {
  const [dead, good] = [await startFakeMarathon(), await fakeMarathon(t)]
  await dead.stop()
  good.apps = apps
  const { sink } = startSource(t, { ...LIMITS, urls: [dead.url, good.url] })
  await eventually('a snapshot of the good node', () => sink.app('/web') !== undefined)
})

test('without any node the reason names each', async (t) => {
  const [one, two] = [await startFakeMarathon(), await startFakeMarathon()]
  await one.stop()
  await two.stop()
  const { sink } = startSource(t, { ...LIMITS, urls: [one.url, `${two.url}/prefix/`] })
  await eventually('a failure', () => sink.failures.length > 0)
  const refused = 'the connection was refused'
  assert.equal(sink.failures[0], `${one.url}: ${refused}; ${two.url}/prefix: ${refused}`)
})

test('a kept connection that the node closed meanwhile is no failure', async (t) => {
  const marathon = await fakeMarathon(t)
  const served = new WeakSet<object>()
  let cut = 0
  marathon.script = (request) => {
    if (!served.has(request.socket)) {
      served.add(request.socket)
      return false
    }
    cut++
    request.socket.resetAndDestroy()
    return true
  }
  const { sink, source } = startSource(t, { events: false, urls: [marathon.url] })
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  source.refresh('test')
  await eventually('the second snapshot', () => sink.snapshots.length === 2)
  assert.equal(cut, 1)
  assert.deepEqual(sink.failures, [])
})

test('the request says what it takes and who asks; a packed answer is unpacked', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.script = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'application/json' })
    response.end(gzipSync(JSON.stringify({ apps })))
    return true
  }
  const { sink } = startSource(t, { events: false, version: '1.2.3', urls: [marathon.url] })
  await eventually('a snapshot', () => sink.app('/web') !== undefined)
  const [request] = marathon.requests
  assert.equal(
    request?.url,
    '/v2/apps?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness'
  )
  assert.equal(request?.headers.accept, 'application/json')
  assert.equal(request?.headers['accept-encoding'], 'gzip')
  assert.equal(request?.headers['user-agent'], 'marathon-gateway/1.2.3')
})

test('a private CA is trusted when it is given, and named as the reason when not', async (t) => {
  const marathon = await startFakeMarathon(testCertificate)
  t.after(() => marathon.stop())
  marathon.apps = apps
  const urls = [marathon.url]
  const strict = startSource(t, { events: false, urls })
  await eventually('a failure', () => strict.sink.failures.length > 0)
  assert.match(strict.sink.failures[0] ?? '', /certificate is signed by nobody we trust/)
  assert.equal(marathon.requests.length, 0)

  const trusting = startSource(t, { events: false, urls, ca: testCertificate.cert })
  await eventually('a snapshot with the CA', () => trusting.sink.app('/web') !== undefined)
  const careless = startSource(t, { events: false, urls, insecureSkipVerify: true })
  await eventually('a snapshot without any check', () => careless.sink.app('/web') !== undefined)
})

test('tasks of an older version get its ports', async (t) => {
  const marathon = await fakeMarathon(t)
  const [version, old] = ['2020-01-02T00:00:00.000Z', '2020-01-01T00:00:00.000Z']
  const ports = [{ port: 1 }, { port: 2 }]
  const tasks = [
    { id: 't1', version: old, ports: [31000] },
    { id: 't2', version, ports: [1, 2] }
  ]
  marathon.apps = [{ id: '/shop/web', version, portDefinitions: ports, tasks }]
  marathon.script = (request, response) =>
    request.url === `/v2/apps/shop/web/versions/${encodeURIComponent(old)}` &&
    sendJson(response, 200, { id: '/shop/web', portDefinitions: [{ port: 1, name: 'old' }] })
  const { sink } = startSource(t, { events: false, urls: [marathon.url] })
  await eventually('a snapshot', () => sink.snapshots.length === 1)
  const definitions = sink.app('/shop/web')?.tasks.map((task) => task.definition?.ports[0]?.name)
  assert.deepEqual(definitions, ['old', undefined])
})

test('a large cluster reads the app of an event alone', async (t) => {
  const marathon = await fakeMarathon(t)
  marathon.apps = [{ id: '/shop/web' }, { id: '/b' }]
  const { sink } = startSource(t, { urls: [marathon.url], largeAnswerBytes: 10 })
  await eventually('a stream', () => marathon.streams.size === 1 && sink.snapshots.length >= 2)
  const before = marathon.count('/v2/apps?')
  marathon.apps = [{ id: '/shop/web', instances: 7 }]
  marathon.send({ eventType: 'health_status_changed_event', appId: '/shop/web' })
  marathon.send({ eventType: 'app_terminated_event', appId: '/b' })
  await eventually('the apps', () => sink.app('/shop/web')?.instances === 7 && !sink.app('/b'))
  assert.equal(marathon.count('/v2/apps?'), before)
  assert.ok(marathon.count('/v2/apps/shop/web?embed=app.tasks') > 0)
})

test('a doubtful answer is asked for at another node, which knows better', async (t) => {
  const [first, second] = [await fakeMarathon(t), await fakeMarathon(t)]
  const app = (id: string) => ({ id, instances: 1, tasks: [{ id: `${id.slice(1)}.1` }] })
  first.apps = second.apps = [app('/a'), app('/b')]
  const urls = [first.url, second.url]
  const { sink, source } = startSource(t, { urls, events: false, lossConfirmMs: 20 })
  await eventually('the first read', () => sink.last()?.apps.length === 2)
  first.apps = []
  source.refresh('test')
  await eventually('much is held', () => sink.holding !== undefined)
  assert.equal(sink.last()?.apps.length, 2)
  await eventually('the doubt is over', () => sink.holding === undefined)
  assert.ok(second.count('/v2/apps?') >= 1)
  assert.deepEqual(
    sink.last()?.apps.map(({ tasks }) => tasks[0]?.unproven),
    [undefined, undefined]
  )
})
