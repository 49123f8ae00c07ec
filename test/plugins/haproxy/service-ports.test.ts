import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readPidFile } from '../../../src/plugins/haproxy/apply/master-process.ts'
import { startEchoTask } from '../../../src/testing/echo-task.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import {
  bytesTask,
  exchange,
  getAt,
  labelled,
  occupy,
  openServicePortStage,
  servicePorts
} from '../../support/service-port-stage.ts'

const real = { skip: withoutHaproxy, timeout: 120_000 }
const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
/** HAProxy says so when it can't bind a socket: nobody is served meanwhile. */
const REFUSED_RELOAD = /cannot bind|Paused/
const BYTES = '\x00\x01\xff no HTTP \r\n'

const logOf = ({ folder }: { readonly folder: string }) =>
  readFile(join(folder, 'haproxy.log'), 'utf8')

test('service ports: every label of marathon-lb means what it meant there', real, async (t) => {
  const stage = await openServicePortStage(t, { core: { routing: { groups: ['external', ''] } } })
  const echo = await startEchoTask('web.1')
  t.after(() => echo.close())
  const bytes = await bytesTask(t)
  const found = await servicePorts(10)
  const [tcp = 0, web = 0, tls = 0, tlsTcp = 0, own = 0, ...rest] = found
  const [off = 0, others = 0, plain = 0, guarded = 0, secret = 0] = rest
  const group = { GROUP: 'external' }
  const pem = join(stage.certificates, 'shop.pem')
  stage.publish(
    labelled('/tcp', bytes, { ...group, PORT: tcp, MODE: 'tcp' }),
    labelled('/web', echo.port, { ...group, PORT: web, VHOST: 'web.test', PATH: '/x' }),
    labelled('/tls', echo.port, { ...group, PORT: tls, MODE: 'http', SSL_CERT: pem }),
    labelled('/tls-tcp', bytes, { ...group, PORT: tlsTcp, SSL_CERT: pem }),
    labelled('/own', bytes, { ...group, PORT: own, BIND_ADDR: '127.0.0.2' }),
    labelled('/off', bytes, { ...group, PORT: off, ENABLED: 'false' }),
    labelled('/others', bytes, { GROUP: 'internal', PORT: others }),
    labelled('/plain', bytes, {}, plain),
    labelled('/guarded', echo.port, {
      ...group,
      PORT: guarded,
      MODE: 'http',
      BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/8'
    }),
    labelled('/secret', echo.port, {
      ...group,
      PORT: secret,
      VHOST: 'secret.test',
      AUTH: `shop:ann:${HASH}`
    })
  )
  const { leftOut } = await stage.settled()
  assert.deepEqual(leftOut, [])

  for (const port of [tcp, plain]) assert.equal(await exchange(port, BYTES), BYTES)
  assert.equal(await exchange(own, BYTES, { host: '127.0.0.2' }), BYTES)
  assert.equal(await exchange(tlsTcp, BYTES, { tls: true }), BYTES)
  for (const port of [own, off, others]) assert.equal(await exchange(port, BYTES), 'ECONNREFUSED')

  const seen = JSON.parse((await getAt(web, { path: '/y//z?q', host: 'any.test:1' })).body)
  assert.deepEqual([seen.task, seen.url], ['web.1', '/y//z?q'])
  const { headers } = seen
  assert.deepEqual(
    [headers['x-forwarded-port'], headers['x-forwarded-proto'], headers['x-forwarded-host']],
    [String(web), 'http', 'any.test:1']
  )
  assert.equal(headers['x-forwarded-for'], '127.0.0.1')
  const overTls = JSON.parse((await getAt(tls, { tls: true })).body)
  assert.equal(overTls.headers['x-forwarded-proto'], 'https')
  assert.equal(overTls.headers['x-forwarded-port'], String(tls))
  assert.equal((await getAt(tls)).status, 0)
  assert.match(
    await exchange(web, 'TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 405.*GW_/s
  )
  assert.equal((await getAt(guarded)).status, 403)
  assert.equal((await getAt(secret)).status, 401)
  assert.equal((await getAt(stage.port, { path: '/x', host: 'web.test' })).status, 200)
})

test('service ports: what one app gets wrong harms no other', real, async (t) => {
  const stage = await openServicePortStage(t)
  const echo = await startEchoTask('web.1')
  t.after(() => echo.close())
  const bytes = await bytesTask(t)
  const [good = 0, alien = 0, stolen = 0, broken = 0, late = 0] = await servicePorts(5)
  const program = await occupy(t)
  const { port: busy } = program.address() as { port: number }
  await writeFile(join(stage.certificates, 'broken.pem'), 'nothing')
  const outside = join(stage.folder, 'haproxy.cfg')
  const apps = [
    labelled('/good', bytes, { PORT: good }),
    labelled('/alien', bytes, { PORT: alien, BIND_ADDR: '192.0.2.1' }),
    labelled('/busy', bytes, { PORT: busy }),
    labelled('/stolen', bytes, { PORT: stolen, SSL_CERT: outside }),
    labelled('/broken', bytes, {
      PORT: broken,
      SSL_CERT: join(stage.certificates, 'broken.pem')
    }),
    labelled('/low', bytes, { PORT: 1023 }),
    labelled('/front', bytes, { PORT: stage.port }),
    labelled('/twin', bytes, { PORT: good }),
    labelled('/wrong', bytes, { PORT: 'x', BIND_ADDR: 'lo' }, late),
    labelled('/web', echo.port, { VHOST: 'web.test' })
  ]
  stage.publish(...apps)
  const { leftOut } = await stage.settled()
  const told = leftOut.map(({ app, label, reason }) => `${app} ${label ?? '-'}: ${reason}`)
  const expected = [
    /^\/alien HAPROXY_0_BIND_ADDR: .* can’t be bound: this machine has no such address;/,
    /^\/broken HAPROXY_0_SSL_CERT: the file holds no certificate with its key;/,
    /^\/busy HAPROXY_0_PORT: .* can’t be bound: another program listens there;/,
    /^\/front HAPROXY_0_PORT: .* belongs to the gateway itself;/,
    /^\/low HAPROXY_0_PORT: .* is not in haproxy.servicePortRange, 1024-65535;/,
    /^\/stolen HAPROXY_0_SSL_CERT: the file is neither named in haproxy.certificates/,
    /^\/twin HAPROXY_0_PORT: .* belongs to \/good;/,
    /^\/wrong -: its service port \d+ is not opened: HAPROXY_0_BIND_ADDR: expected an address/
  ]
  assert.equal(told.length, expected.length, told.join('\n'))
  for (const [at, pattern] of expected.entries()) assert.match(told[at] ?? '', pattern)

  assert.equal(await exchange(good, BYTES), BYTES)
  assert.equal(await exchange(busy, BYTES), 'not HAProxy')
  for (const port of [alien, stolen, broken, late]) {
    assert.equal(await exchange(port, BYTES), 'ECONNREFUSED')
  }
  assert.equal((await getAt(stage.port, { host: 'web.test' })).status, 200)

  assert.doesNotMatch(await logOf(stage), REFUSED_RELOAD)

  program.close()
  await once(program, 'close')
  let turn = 0
  await eventually('the port that is free now is opened', async () => {
    // A change of whatever kind makes it look again before half a minute is over.
    turn += 1
    stage.publish(...apps, labelled('/other', echo.port, { VHOST: `${turn}.test` }))
    return (await exchange(busy, BYTES)) === BYTES
  })
  assert.equal(await exchange(good, BYTES), BYTES)
})

test(
  'service ports: one that is taken right before a reload keeps nothing else out',
  real,
  async (t) => {
    const stage = await openServicePortStage(t, { haproxy: { reloadEvery: '3s' } })
    const bytes = await bytesTask(t)
    const [first = 0, second = 0, third = 0] = await servicePorts(3)
    const apps = [labelled('/a', bytes, { PORT: first }), labelled('/b', bytes, { PORT: second })]
    stage.publish(...apps.slice(0, 1))
    const before = await stage.settled()
    stage.publish(...apps)
    await eventually('the first reload is done', async () => {
      return (await exchange(second, BYTES)) === BYTES
    })
    // The next one waits for three seconds.
    stage.publish(...apps, labelled('/c', bytes, { PORT: third }))
    await eventually('a reload waits', async () => (await stage.status()).reloadDue !== undefined)
    await occupy(t, third)
    await eventually('the problem is told', async () => {
      return (await stage.status()).leftOut.some(({ app }) => app === '/c')
    })
    const { counts, leftOut } = await stage.settled()
    assert.match(leftOut[0]?.reason ?? '', /another program listens there/)
    assert.equal(counts.reloads, before.counts.reloads + 1)
    for (const port of [first, second]) assert.equal(await exchange(port, BYTES), BYTES)
    assert.doesNotMatch(await logOf(stage), REFUSED_RELOAD)
  }
)

test(
  'service ports: an HAProxy that can’t start again for one goes on without it',
  real,
  async (t) => {
    const stage = await openServicePortStage(t)
    const bytes = await bytesTask(t)
    const [first = 0, second = 0] = await servicePorts(2)
    stage.publish(
      labelled('/a', bytes, { PORT: first }),
      labelled('/b', bytes, { PORT: second, MODE: 'tcp' })
    )
    await stage.settled()
    const pid = await readPidFile({
      binary: 'haproxy',
      folder: stage.folder,
      configFile: 'haproxy.cfg'
    })
    const { worker } = await stage.status()
    assert.ok(pid !== undefined && worker !== undefined)
    process.kill(pid, 'SIGSTOP')
    process.kill(worker, 'SIGKILL')
    await eventually('the port is free', async () => {
      return (await exchange(second, BYTES)) === 'ECONNREFUSED'
    })
    await occupy(t, second)
    process.kill(pid, 'SIGKILL')
    await eventually('the other port answers again', async () => {
      return (await exchange(first, BYTES)) === BYTES
    })
    const { leftOut } = await stage.status()
    assert.deepEqual(
      leftOut.map(({ app }) => app),
      ['/b']
    )
  }
)

test('service ports: a gateway that is back takes none away', real, async (t) => {
  const stage = await openServicePortStage(t, { haproxy: { stopWithGateway: false } })
  const echo = await startEchoTask('web.1')
  t.after(() => echo.close())
  const bytes = await bytesTask(t)
  const [tcp = 0, web = 0, own = 0] = await servicePorts(3)
  stage.publish(
    labelled('/tcp', bytes, { PORT: tcp }),
    labelled('/web', echo.port, { PORT: web, MODE: 'http' }),
    labelled('/own', bytes, { PORT: own, BIND_ADDR: '127.0.0.2' })
  )
  const before = await stage.settled()
  await stage.stop()
  await stage.again()
  const after = await stage.settled()
  assert.deepEqual(after.leftOut, [])
  assert.deepEqual([after.counts.adoptions, after.counts.reloads], [1, 0])
  assert.equal(after.worker, before.worker)
  assert.equal(await exchange(tcp, BYTES), BYTES)
  assert.equal((await getAt(web)).status, 200)
  assert.equal(await exchange(own, BYTES, { host: '127.0.0.2' }), BYTES)
})
