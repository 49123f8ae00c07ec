import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { App } from '../../../src/gateway/model/app.ts'
import { createStateFile } from '../../../src/gateway/state/state-file.ts'
import type { State } from '../../../src/gateway/state/state-text.ts'
import { app, health, NOW, port, snapshot, task } from '../../support/apps.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
const slices = { now: () => performance.now(), later: setImmediate }

const claimsOf = (holder: string) =>
  new Map([['shop.example.com', { source: 'marathon', app: holder }]])

function state(given: Partial<State> = {}): State {
  return { claims: new Map(), snapshots: [], health: new Map(), ending: new Set(), ...given }
}

/** A file of this path, with what it said. */
function open(path: string, read: () => State = state) {
  const said: string[] = []
  const errors: unknown[] = []
  const file = createStateFile(path, {
    read,
    slices,
    onError: (error) => errors.push(error),
    onRecovery: () => said.push('written again'),
    onUnusable: (reason) => said.push(reason)
  })
  return { file, said, errors }
}

async function pathIn(t: TestContext): Promise<string> {
  return join(await tempFolder(t), 'state.json')
}

async function written(t: TestContext, given: Partial<State>) {
  const path = await pathIn(t)
  const { file, errors } = open(path, () => state(given))
  file.changed()
  await file.flush()
  assert.deepEqual(errors, [])
  return { path, text: readFileSync(path, 'utf8'), loaded: open(path).file.load() }
}

/** As it comes back: nobody vouches for the tasks. */
const unproven = (one: App): App => ({
  ...one,
  tasks: one.tasks.map((each) => ({ ...each, unproven: true }))
})

test('state file: claims and apps are there after a restart, readable by its owner alone', async (t) => {
  const shop = app({
    id: '/shop/web',
    labels: { 'gateway.hosts': 'shop.example.com', 'gateway.auth': `shop:ann:${HASH}` },
    ports: [port({ name: 'http', servicePort: 10_001, labels: { 'gateway.path': '/a' } })],
    healthChecks: 1,
    readinessCheck: { intervalMs: 1000, timeoutMs: 500 },
    readiness: new Map([['t1', true]]),
    killGraceMs: 5000,
    configChangedAt: NOW,
    tasks: [
      task({ id: 't1', health: [health()] }),
      task({ id: 't2', definition: { networkMode: 'bridge', ports: [port()] } })
    ]
  })
  const { path, loaded } = await written(t, {
    claims: claimsOf('/shop/web'),
    snapshots: [snapshot({ apps: [shop, app({ tasks: [] })] })]
  })
  assert.deepEqual(loaded.claims, claimsOf('/shop/web'))
  assert.deepEqual(loaded.snapshots, [snapshot({ apps: [unproven(shop), app({ tasks: [] })] })])
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('state file: an app with more tasks than fit a line comes back whole', async (t) => {
  const tasks = Array.from({ length: 1234 }, (_, at) => task({ id: `t${at}` }))
  const { loaded } = await written(t, { snapshots: [snapshot({ apps: [app({ tasks })] })] })
  assert.deepEqual(
    loaded.snapshots[0]?.apps[0]?.tasks.map(({ id }) => id),
    tasks.map(({ id }) => id)
  )
})

test('state file: health that is remembered is kept as if it were reported, tasks that end are not', async (t) => {
  const tasks = ['good', 'bad', 'ends'].map((id) => task({ id }))
  const { loaded } = await written(t, {
    snapshots: [snapshot({ apps: [app({ healthChecks: 1, tasks })] })],
    health: new Map([
      ['marathon good', true],
      ['marathon bad', false]
    ]),
    ending: new Set(['ends'])
  })
  assert.deepEqual(
    loaded.snapshots[0]?.apps[0]?.tasks.map(({ id, health: [one] }) => [id, one?.alive]),
    [
      ['good', true],
      ['bad', false]
    ]
  )
})

test('state file: no secret gets into it', async (t) => {
  const secrets = ['hunter2', 'password-as-hash', 's3cret-template', 'token-of-a-port']
  const labels = {
    'gateway.hosts': 'a.example.com',
    DATABASE_PASSWORD: 'hunter2',
    'gateway.auth': 'shop:ann:password-as-hash',
    'gateway.http.auth': 'shop:ann:password-as-hash',
    HAPROXY_0_AUTH: 'shop:ann:password-as-hash',
    HAPROXY_0_BACKEND_HEAD: 'http-request set-header X-Key s3cret-template',
    HAPROXY_0_HTTP_FRONTEND_HEAD: 'http-request deny unless { req.hdr(k) s3cret-template }'
  }
  // What Marathon sends beyond what is read never becomes an app; this is one that a source was careless with.
  const careless = { env: { KEY: 'hunter2' }, secrets: { db: { source: 'hunter2' } } }
  const tasks = [{ ...task(), env: { KEY: 'hunter2' } }]
  const ports = [port({ name: 'http', labels: { TOKEN: 'token-of-a-port' } })]
  const { text, loaded } = await written(t, {
    snapshots: [snapshot({ apps: [{ ...app({ labels, ports, tasks }), ...careless }] })]
  })
  for (const secret of secrets) assert.ok(!text.includes(secret), secret)
  assert.deepEqual(
    loaded.snapshots[0]?.apps[0]?.labels,
    new Map([
      ['gateway.hosts', 'a.example.com'],
      ['gateway.auth', '-'],
      ['gateway.http.auth', '-'],
      ['HAPROXY_0_AUTH', '-'],
      ['HAPROXY_0_BACKEND_HEAD', '-'],
      ['HAPROXY_0_HTTP_FRONTEND_HEAD', 'deny']
    ])
  )
})

test('state file: of much news at once the last is on disk, in one write', async (t) => {
  const path = await pathIn(t)
  let holder = ''
  let reads = 0
  const { file } = open(path, () => {
    reads += 1
    return state({ claims: claimsOf(holder) })
  })
  for (let at = 0; at < 50; at += 1) {
    holder = `/app-${at}`
    file.changed()
  }
  await file.flush()
  assert.deepEqual(open(path).file.load().claims, claimsOf('/app-49'))
  assert.equal(reads, 1)
})

test('state file: the same state is not written again', async (t) => {
  const path = await pathIn(t)
  const same = state({ claims: claimsOf('/a') })
  const { file } = open(path, () => ({ ...same }))
  file.changed()
  await file.flush()
  writeFileSync(path, 'touched')
  file.changed()
  await file.flush()
  assert.equal(readFileSync(path, 'utf8'), 'touched')
})

test('state file: the claims of version 1 are read', async (t) => {
  const path = await pathIn(t)
  const claims = [{ key: 'shop.example.com', source: 'marathon', app: '/a' }]
  writeFileSync(path, `${JSON.stringify({ version: 1, claims }, null, 1)}\n`)
  const { file, said } = open(path)
  assert.deepEqual([file.load().claims, said], [claimsOf('/a'), []])
})

test('state file: there may be none', async (t) => {
  const { file, said } = open(await pathIn(t))
  assert.deepEqual([file.load().claims.size, said], [0, []])
})

const unusable: Readonly<Record<string, [change: (text: string) => string, reason: RegExp]>> = {
  empty: [() => '', /no state file/],
  'something else': [() => '[]\n', /no state file/],
  'half of a version 1': [() => '{"version":1,"claims":[{}]}', /no state file/],
  'of a later version': [(text) => text.replace('"version":2', '"version":3'), /version 3/],
  'cut off': [(text) => text.slice(0, -90), /end is missing/],
  'cut at a line': [(text) => text.slice(0, text.lastIndexOf('{"sha256')), /end is missing/],
  'changed by a byte': [(text) => text.replace('10.0.0.1', '10.0.0.2'), /checksum/],
  'without its middle': [(text) => text.replace(/^\{"app".*\n/m, ''), /checksum/]
}

for (const [name, [change, reason]] of Object.entries(unusable)) {
  test(`state file: one that is ${name} is said, ignored and kept aside`, async (t) => {
    const { path, text } = await written(t, { snapshots: [snapshot({ apps: [app()] })] })
    const bad = change(text)
    assert.notEqual(bad, text)
    writeFileSync(path, bad)
    const { file, said } = open(path)
    assert.deepEqual(file.load(), { claims: new Map(), snapshots: [] })
    assert.match(said.join(), reason)
    assert.equal(readFileSync(`${path}.unusable`, 'utf8'), bad)
  })
}

test('state file: a write that fails is told once, leaves nothing behind, and is tried again by itself', async (t) => {
  const path = await pathIn(t)
  mkdirSync(`${path}.new`)
  const { file, said, errors } = open(path, () => state({ claims: claimsOf('/a') }))
  file.changed()
  await file.flush()
  await file.flush()
  assert.equal(errors.length, 1)
  assert.equal(file.failing, true)
  rmSync(`${path}.new`, { recursive: true })
  await file.flush()
  assert.deepEqual([file.failing, said], [false, ['written again']])
  assert.equal(open(path).file.load().claims.size, 1)
})
