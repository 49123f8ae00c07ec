import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { definitionOf } from '../../src/local-marathon/definition-input.ts'
import { sampleApp, sampleAppCommand } from '../../src/local-marathon/sample-app.ts'
import { eventually } from '../support/eventually.ts'
import { call, HANG_MS, localMarathon, settled } from '../support/local-marathon.ts'

const FOLDER = join(import.meta.dirname, '../../sample-app')
const START: Record<string, unknown> = JSON.parse(
  readFileSync(join(FOLDER, 'start_myapp.json'), 'utf8')
)

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

function run(
  name: string,
  args: string[],
  env: Record<string, string>,
  folder = FOLDER
): Promise<Run> {
  return new Promise((resolve) => {
    const options = {
      env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
      timeout: HANG_MS
    }
    const child = execFile(join(folder, name), args, options, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err })
    )
  })
}

function localProcesses(t: TestContext, options: { credentials?: string } = {}) {
  const images = { '192.168.58.201:5000/myapp': sampleAppCommand(FOLDER) }
  return localMarathon(t, { runner: 'process', images, ...options })
}

test('start, scale and destroy drive the sample app on a local Marathon', async (t) => {
  const { url } = await localProcesses(t)
  const env = { MARATHON_URL: `${url}/` }
  assert.equal((await run('destroy_myapp.sh', [], env)).code, 4)
  const missing = await run('scale_myapp.sh', ['3'], env)
  assert.deepEqual([missing.code, /does not exist/.test(missing.err)], [4, true])
  const started = await run('start_myapp.sh', [], env)
  assert.deepEqual([started.code, started.err], [0, ''])
  await settled(url)
  const { app } = (await call(url, '/v2/apps/myapp')).json
  assert.equal(app.tasksHealthy, 2)
  const [task] = app.tasks
  const hello = await call(`http://${task.host}:${task.ports[0]}`, '/')
  assert.equal(hello.text, `Hello from ${task.host} (task ${task.id})\n`)
  const again = await run('start_myapp.sh', [], env)
  assert.equal(again.code, 4)
  assert.match(
    again.err,
    /^start_myapp\.sh: \/myapp exists already;.*scale_myapp\.sh.*destroy_myapp\.sh/
  )
  assert.equal((await run('scale_myapp.sh', ['3'], env)).code, 0)
  await eventually(
    'three tasks',
    async () => (await call(url, '/v2/tasks')).json.tasks.length === 3
  )
  assert.equal((await run('destroy_myapp.sh', [], env)).code, 0)
  await settled(url)
  assert.equal((await call(url, '/v2/apps/myapp')).status, 404)
})

test('credentials come from a netrc file, and their lack is said clearly', async (t) => {
  const { url } = await localProcesses(t, { credentials: 'admin:secret' })
  const refused = await run('start_myapp.sh', [], { MARATHON_URL: url })
  assert.equal(refused.code, 3)
  assert.match(refused.err, /refused the credentials \(401\).*MARATHON_NETRC/)
  const folder = mkdtempSync(join(tmpdir(), 'netrc-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const netrc = join(folder, 'netrc')
  writeFileSync(netrc, 'machine 127.0.0.1 login admin password secret\n', { mode: 0o600 })
  const started = await run('start_myapp.sh', [], { MARATHON_URL: url, MARATHON_NETRC: netrc })
  assert.deepEqual([started.code, started.err], [0, ''])
})

test('the login of the cluster that provisioning made is used without a word', async (t) => {
  const { url } = await localProcesses(t, { credentials: 'admin:secret' })
  const checkout = mkdtempSync(join(tmpdir(), 'checkout-'))
  t.after(() => rmSync(checkout, { recursive: true, force: true }))
  const folder = join(checkout, 'sample-app')
  const secrets = join(checkout, 'provisioning/.secrets')
  cpSync(FOLDER, folder, { recursive: true })
  mkdirSync(secrets, { recursive: true })
  const netrc = join(secrets, 'netrc')
  writeFileSync(netrc, 'machine 127.0.0.1 login admin password secret\n', { mode: 0o600 })
  const started = await run('start_myapp.sh', [], { MARATHON_URL: url }, folder)
  assert.deepEqual([started.code, started.err], [0, ''])
  const own = { MARATHON_URL: url, MARATHON_NETRC: '/dev/null' }
  assert.equal((await run('destroy_myapp.sh', [], own, folder)).code, 3)
})

test('a Marathon that is not there is exit 2 and its address', async () => {
  const { code, err } = await run('start_myapp.sh', [], { MARATHON_URL: 'http://127.0.0.1:1' })
  assert.equal(code, 2)
  assert.match(err, /no Marathon answers at http:\/\/127\.0\.0\.1:1/)
})

test('scale takes one whole number', async () => {
  for (const args of [[], ['x'], ['-1'], ['1.5'], ['2', '3'], ['99999'], ['1}']]) {
    const { code, err } = await run('scale_myapp.sh', args, { MARATHON_URL: 'http://127.0.0.1:1' })
    assert.equal(code, 64, String(args))
    assert.match(err, /usage: scale_myapp\.sh N/)
  }
})

test('the definition for clusters and the one for processes claim the same hosts', () => {
  const local = sampleApp(FOLDER, { instances: 3 })
  assert.deepEqual([local.id, local.instances], [START['id'], 3])
  assert.deepEqual(local.labels, START['labels'])
  const definition = definitionOf(START, '/myapp', () => 10_000)
  assert.equal(definition.container?.portMappings?.[0]?.containerPort, 8080)
  assert.doesNotThrow(() => definitionOf(local, '/myapp', () => 10_000))
})

test('shellcheck finds nothing in the scripts', async (t) => {
  const scripts = readdirSync(FOLDER).filter((name) => name.endsWith('.sh'))
  const result = await new Promise<{ missing: boolean; out: string }>((resolve) => {
    execFile('shellcheck', ['-x', ...scripts], { cwd: FOLDER }, (error, out) =>
      resolve({ missing: error?.code === 'ENOENT', out })
    )
  })
  if (result.missing) t.skip('shellcheck is not installed')
  else assert.equal(result.out, '')
})
