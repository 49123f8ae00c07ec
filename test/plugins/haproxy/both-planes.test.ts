import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePorts } from '../../../bench/free-ports.ts'
import { endProcess } from '../../../src/plugins/haproxy/apply/master-process.ts'
import {
  type BothPlanes,
  type BothPlanesSettings,
  startBothPlanes
} from '../../support/both-planes.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { pluginOf } from '../../support/plugin-under-test.ts'
import { type RawAnswer, rawClient } from '../../support/raw-client.ts'
import { type Script, type ScriptedTask, startScriptedTask } from '../../support/scripted-task.ts'
import { tempFolder } from '../../support/temp-folder.ts'
import { testCertificate } from '../../support/test-certificate.ts'

const real = { skip: withoutHaproxy, timeout: 120_000 }

/** Tells tasks whom hooks see as the client. */
const seesClient = pluginOf('sees-client', (host) =>
  host.hooks('sees-client', {
    async preHandler(request) {
      request.outgoing.set('X-Seen-Client', request.ip)
    }
  })
)
const HOOKED = { 'gateway.hooks': 'sees-client' }

interface Stage extends BothPlanes {
  readonly task: ScriptedTask
  ask(host: string, ...fields: readonly string[]): Promise<RawAnswer>
}

/** `/plain` is carried by HAProxy, `/hooked` is not; both have the same task. */
async function openStage(
  t: TestContext,
  {
    labels = {},
    script,
    plugins = [],
    ...settings
  }: BothPlanesSettings & { labels?: Readonly<Record<string, string>>; script?: Script } = {}
): Promise<Stage> {
  const task = await startScriptedTask(script)
  t.after(() => task.close())
  const both = await startBothPlanes({ ...settings, plugins: [seesClient, ...plugins] })
  t.after(() => both.stop())
  await both.publish([
    { id: '/plain', ports: [task.port] },
    { id: '/hooked', labels: { ...HOOKED, ...labels }, ports: [task.port] }
  ])
  return { ...both, task, ask: (host, ...fields) => ask(t, both.ports[0] ?? 0, host, ...fields) }
}

async function ask(t: TestContext, port: number, host: string, ...fields: readonly string[]) {
  const { send, answer, socket } = rawClient(t, port)
  send(['GET / HTTP/1.1', `Host: ${host}`, ...fields, '', ''].join('\r\n'))
  const got = await answer()
  socket.destroy()
  return got
}

/** Nobody takes a connection there. */
async function isClosed(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}

const lastField = ({ requests }: ScriptedTask, name: string) =>
  requests.at(-1)?.fields.find(([one]) => one.toLowerCase() === name)?.[1]

test('HAProxy carries what it can, the proxy plane behind it the rest', real, async (t) => {
  const stage = await openStage(t)
  assert.equal((await stage.ask('plain.local')).status, 200)
  assert.equal(lastField(stage.task, 'x-seen-client'), undefined)
  assert.equal((await stage.ask('hooked.local')).status, 200)
  assert.equal(lastField(stage.task, 'x-seen-client'), '127.0.0.1')
  assert.equal(lastField(stage.task, 'x-forwarded-port'), `${stage.ports[0]}`)
  const unknown = await stage.ask('unknown.local')
  assert.equal(unknown.status, 404)
  assert.match(unknown.body, /GW_NO_ROUTE/)
  assert.deepEqual(
    stage.gateway.addresses.map(({ name, port, path }) => path ?? `${name} ${port}`),
    [join(stage.folder, 'proxy.sock'), `front door (HAProxy) ${stage.ports[0]}`]
  )
})

test('only the gateway’s own user gets at the socket, which ends with it', real, async (t) => {
  const { folder, gateway } = await openStage(t)
  const socket = join(folder, 'proxy.sock')
  assert.equal(statSync(socket).mode & 0o777, 0o600)
  await gateway.stop()
  assert.equal(existsSync(socket), false)
})

test('who comes past HAProxy to the socket is refused', real, async (t) => {
  const { folder } = await openStage(t)
  const socket = connect(join(folder, 'proxy.sock'))
  t.after(() => void socket.destroy())
  socket.write('GET / HTTP/1.1\r\nHost: hooked.local\r\nConnection: close\r\n\r\n')
  const [bytes] = await once(socket, 'data')
  assert.match(String(bytes), /^HTTP\/1\.1 400 [\s\S]*GW_BAD_REQUEST/)
})

test('guards behind HAProxy know the client, not what it says of itself', real, async (t) => {
  const cases = [
    ['127.0.0.0/8', [], 200],
    ['127.0.0.0/8', ['X-Forwarded-For: 10.0.0.1'], 200],
    ['10.0.0.0/8', [], 403],
    ['10.0.0.0/8', ['X-Forwarded-For: 10.0.0.1'], 403],
    ['10.0.0.0/8', ['X-Forwarded-For: 10.0.0.1', 'X-Forwarded-For: 10.0.0.2'], 403],
    ['10.0.0.0/8', ['Forwarded: for=10.0.0.1', 'X-Real-IP: 10.0.0.1'], 403]
  ] as const
  for (const [networks, fields, status] of cases) {
    const labels = { 'gateway.networks': networks }
    const { ask, stop } = await openStage(t, { labels })
    assert.equal((await ask('hooked.local', ...fields)).status, status, `${networks} ${fields}`)
    await stop()
  }
})

test('guards behind HAProxy know the client of a trusted proxy', real, async (t) => {
  const stage = await openStage(t, {
    labels: { 'gateway.networks': '10.0.0.0/8' },
    proxy: { trustedProxies: ['127.0.0.1'] }
  })
  const cases = [
    ['10.0.0.1', 200],
    ['192.0.2.1, 10.0.0.1', 200],
    ['10.0.0.1, 192.0.2.1', 403],
    ['unknown', 403],
    ['', 403]
  ] as const
  for (const [chain, status] of cases) {
    const { status: got } = await stage.ask('hooked.local', `X-Forwarded-For: ${chain}`)
    assert.equal(got, status, chain)
  }
  assert.equal((await stage.ask('hooked.local')).status, 403)
})

test('observers are told the client and not the socket', real, async (t) => {
  const clients: string[] = []
  const observer = pluginOf('observer', (host) =>
    host.observer(({ client }) => void clients.push(client))
  )
  const stage = await openStage(t, { plugins: [observer] })
  await stage.ask('hooked.local')
  await eventually('the outcome', () => clients.length > 0)
  assert.deepEqual(clients, ['127.0.0.1'])
})

test('X-Marathon-App-Id leads behind HAProxy only where its listener obeys it', real, async (t) => {
  const listeners = [{ host: '127.0.0.1', appIdHeader: true }]
  const { ports, task } = await openStage(t, { proxy: { listeners } })
  const [strangers = 0, friends = 0] = ports
  const named = 'X-Marathon-App-Id: /hooked'
  assert.equal((await ask(t, friends, 'nobody.local', named)).status, 200)
  assert.equal(lastField(task, 'x-seen-client'), '127.0.0.1')
  assert.equal((await ask(t, strangers, 'nobody.local', named)).status, 404)
  // The host decides, also where it leads behind HAProxy.
  assert.equal((await ask(t, strangers, 'hooked.local', 'X-Marathon-App-Id: /nobody')).status, 200)
  assert.equal((await ask(t, friends, 'hooked.local', 'X-Marathon-App-Id: /nobody')).status, 404)
})

test('a resolver that decides in code is asked behind HAProxy for any host', real, async (t) => {
  const byHeader = pluginOf('by-header', (host) =>
    host.resolver({
      name: 'by-header',
      find: (request) =>
        request.header('x-app') === 'plain' ? 'test:/plain:0:plain.local/' : undefined
    })
  )
  const stage = await openStage(t, { plugins: [byHeader] })
  assert.equal((await stage.ask('nobody.local', 'X-App: plain')).status, 200)
  assert.equal((await stage.ask('nobody.local')).status, 404)
  assert.equal((await stage.ask('plain.local')).status, 200)
})

test('a websocket goes through both', real, async (t) => {
  const { ports } = await openStage(t, {
    script: (_, { socket }) => {
      socket.on('data', (bytes) => void socket.write(`echo ${bytes}`))
      return 'HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzhoZRbK+xOo=\r\n\r\n'
    }
  })
  const client = rawClient(t, ports[0] ?? 0)
  const handshake = [
    'GET / HTTP/1.1',
    'Host: hooked.local',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
  ]
  client.send([...handshake, '', ''].join('\r\n'))
  assert.equal((await client.answer()).status, 101)
  client.send('frame')
  await client.until('echo frame')
})

test('a stop lets requests finish that are behind HAProxy', real, async (t) => {
  let say: () => void = () => undefined
  const { gateway, task, ports } = await openStage(t, {
    script: (_, { socket }) => {
      say = () => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      return undefined
    }
  })
  const client = rawClient(t, ports[0] ?? 0)
  client.send('GET / HTTP/1.1\r\nHost: hooked.local\r\n\r\n')
  await eventually('the request', () => task.requests.length === 1)
  const stopped = gateway.stop()
  await eventually('HAProxy takes no more connections', () => isClosed(ports[0] ?? 0))
  say()
  assert.equal((await client.answer()).body, 'ok')
  await stopped
})

test('an HAProxy that stays says that the gateway is away', real, async (t) => {
  const stage = await openStage(t, { haproxy: { stopWithGateway: false } })
  const pid = Number(await readFile(join(stage.folder, 'haproxy.pid'), 'utf8'))
  t.after(() => endProcess(pid, 0))
  assert.equal((await stage.ask('hooked.local')).status, 200)
  await stage.gateway.stop()
  const away = await stage.ask('hooked.local')
  assert.equal(away.status, 503)
  assert.match(away.body, /^503 GW_PROXY_AWAY: /)
  assert.equal(away.field('retry-after'), '1')
  assert.equal((await stage.ask('plain.local')).status, 200)
})

test('TLS ends at HAProxy, and redirects and HSTS behind it know', real, async (t) => {
  const { key, cert } = testCertificate
  const pem = join(await tempFolder(t, { 'site.pem': `${cert}\n${key}\n` }), 'site.pem')
  const [tlsPort = 0] = await freePorts(1)
  const stage = await openStage(t, {
    labels: { 'gateway.https': 'redirect', 'gateway.hsts': '300' },
    haproxy: { tlsPort, certificates: [pem] }
  })
  assert.deepEqual(stage.gateway.host.problems, [])
  const plain = await stage.ask('hooked.local:80', 'X-Forwarded-Proto: https')
  assert.equal(plain.status, 301)
  assert.equal(plain.field('location'), `https://hooked.local:${tlsPort}/`)
  const secure = request({
    ...{ host: '127.0.0.1', port: tlsPort, servername: 'localhost', ca: cert, agent: false },
    headers: { host: 'hooked.local' }
  }).end()
  const [answer] = await once(secure, 'response')
  answer.resume()
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['strict-transport-security'], 'max-age=300')
  assert.equal(lastField(stage.task, 'x-forwarded-proto'), 'https')
  assert.equal(lastField(stage.task, 'x-forwarded-port'), `${tlsPort}`)
})

test(
  'a redirect without TLS anywhere is a problem, and the route stays closed',
  real,
  async (t) => {
    const stage = await openStage(t, { labels: { 'gateway.https': 'redirect' } })
    const { status, body } = await stage.ask('hooked.local')
    assert.equal(status, 503)
    assert.match(body, /GW_GUARD_INVALID/)
    assert.deepEqual(
      stage.gateway.host.problems.map(({ app, label }) => [app, label]),
      [['/hooked', 'gateway.https']]
    )
  }
)

test('what HAProxy lets through is not too large behind it', real, async (t) => {
  const limits = { maxHeadBytes: 16_384, maxFields: 50 }
  // Of a trusted proxy, what HAProxy adds stays with the request.
  const proxy = { ...limits, trustedProxies: ['127.0.0.1'] }
  const { ask, task } = await openStage(t, { proxy })
  const many = Array.from({ length: 47 }, (_, at) => `X-Field-${at}: ${'v'.repeat(300)}`)
  assert.equal((await ask('plain.local', ...many)).status, 200)
  assert.equal((await ask('hooked.local', ...many)).status, 200)
  assert.equal(lastField(task, 'x-field-46'), 'v'.repeat(300))
  const large = `X-Large: ${'v'.repeat(16_200)}`
  assert.equal((await ask('plain.local', large)).status, 200)
  assert.equal((await ask('hooked.local', large)).status, 200)
})

test('HAProxy waits for the gateway as long as the gateway for a task', real, async (t) => {
  const { ask } = await openStage(t, {
    labels: { 'gateway.timeout.first-byte': '1m' },
    proxy: { timeout: { idle: '500ms', firstByte: '500ms' } },
    script: (_, { socket }) => {
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'), 1500)
      return undefined
    }
  })
  assert.equal((await ask('hooked.local')).body, 'ok')
})
