import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd, startProgram } from '../support/program.ts'
import { startRawTask } from '../support/raw-task.ts'
import { noHaproxy } from '../support/rendered-haproxy.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Enough for every route and spelling of the few apps here. */
const COUNT = ['--count', '1500']

interface Labels {
  readonly [label: string]: string
}

const APPS: Readonly<Record<string, Labels>> = {
  '/plain': {},
  '/shop': { 'gateway.hosts': 'shop.example.com, *.shop.example.com' },
  '/api': {
    'gateway.hosts': 'shop.example.com',
    'gateway.path': '/api',
    'gateway.path.strip': 'true'
  },
  '/any': { 'gateway.path': '/everywhere' },
  '/sticky': { 'gateway.sticky': 'true' },
  '/least': { 'gateway.picker': 'least-requests' },
  '/cookies': { 'gateway.picker': 'hash:cookie:sid' },
  '/lb': { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'lb.example.com' },
  '/wrong': { 'gateway.networks': 'everybody' }
}

/** A Marathon with these apps, two tasks each, all at one port. */
async function marathonWith(t: TestContext, port = 31_000): Promise<string> {
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  const task = { host: '127.0.0.1', ports: [port], state: 'TASK_RUNNING' }
  marathon.apps = Object.entries(APPS).map(([id, labels]) => ({
    id,
    labels,
    instances: 2,
    portDefinitions: [{ port: 10_001, protocol: 'tcp' }],
    tasks: [1, 2].map((n) => ({ ...task, id: `${id.slice(1)}.${n}`, appId: id }))
  }))
  return marathon.url
}

/** A program in place of haproxy; `$folder` is that of the files, and `$@` what haproxy is to get. */
async function haproxyBy(t: TestContext, script: string): Promise<string> {
  const file = join(await tempFolder(t), 'haproxy')
  await writeFile(file, `#!/bin/sh\nfolder=$(dirname "$3")\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

/** Environment whose temporary files are in a folder of their own. */
async function ownTemp(t: TestContext) {
  const folder = await tempFolder(t)
  return { folder, env: { TMPDIR: folder } }
}

/** The loader of TypeScript has its files there, too. */
async function leftIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('tsx-'))
}

test('verify: planes that agree are exit code 0, and no task gets a request', {
  skip: noHaproxy
}, async (t) => {
  const task = await startRawTask()
  t.after(() => task.close())
  const url = await marathonWith(t, task.endpoint.port)
  const { folder, env } = await ownTemp(t)
  const { code, out, err } = await runToEnd(t, ['verify', '--marathon', url, ...COUNT], { env })
  assert.equal(code, 0, `${out}${err}`)
  assert.match(out, /^15\d\d requests about \d+ routes, seed 1\n +\d+ +answered by a task\n/)
  assert.match(out, /\n {2}marathon:\/cookies:0:cookies\.local\/: HAProxy hashes no cookies; /)
  assert.match(out, /\n\nThe planes agree\.\n$/)
  assert.equal(task.connections.length, 0)
  assert.deepEqual(await leftIn(folder), [])
})

test('verify: a difference is told as a request to paste, with exit code 1', {
  skip: noHaproxy
}, async (t) => {
  const url = await marathonWith(t)
  const binary = await haproxyBy(
    t,
    'sed -i \'/^shop\\.example\\.com\\/api\\//d\' "$folder/routes.map"\nhaproxy "$@"'
  )
  const { folder, env } = await ownTemp(t)
  const args = ['verify', '--marathon', url, '--haproxy-binary', binary, ...COUNT]
  const { code, out, err } = await runToEnd(t, args, { env })
  assert.equal(code, 1, out)
  assert.match(err, /^the planes differ in \d+ of 15\d\d requests\n$/m)
  assert.match(out, /\nservice differs \(route marathon:\/api:0:shop\.example\.com\/api\)\n/)
  const [, command = ''] = /^ {2}(printf '.*) \| nc -w 2 127\.0\.0\.1 80$/m.exec(out) ?? []
  const { stdout } = spawnSync('sh', ['-c', command], { encoding: 'latin1' })
  assert.match(stdout, /^[A-Z]+ \S*\/api\S* HTTP\/1\.[01]\r\n(?:.+\r\n)*Host: shop\.example\.com/)
  assert.deepEqual(await leftIn(folder), [])
})

test('verify --json: the same for machines', { skip: noHaproxy }, async (t) => {
  const url = await marathonWith(t)
  const args = ['verify', '--marathon', url, '--json', '--seed', '7', '--count', '300']
  const { code, out } = await runToEnd(t, args)
  assert.equal(code, 0, out)
  const { agree, seed, requests, answers, skipped, differences } = JSON.parse(out)
  assert.deepEqual({ agree, seed, differences }, { agree: true, seed: 7, differences: [] })
  assert.ok(requests > 300 && answers.answered > 100)
  const left = skipped.map(({ route }: { route: string }) => route)
  assert.ok(left.includes('marathon:/cookies:0:cookies.local/'), left.join())
})

const failures = [
  {
    name: 'a program that is not there',
    script: undefined,
    err: /^\/none\/haproxy: no such program; HAProxy 2\.4 or newer is needed\n$/
  },
  {
    name: 'files that HAProxy refuses',
    script: 'echo nonsense >> "$folder/haproxy.cfg"\nexec haproxy "$@"',
    err: /^\/\S+\/haproxy ended: .*unknown keyword 'nonsense'.*\n$/
  },
  {
    name: 'an HAProxy that ends on its way',
    script: 'exec timeout 4 haproxy "$@"',
    err: /\/haproxy ended: it gave no reason\n$/
  }
] as const

for (const { name, script, err } of failures) {
  test(`verify: ${name} is a sentence and exit code 1`, {
    skip: script === undefined ? false : noHaproxy
  }, async (t) => {
    const url = await marathonWith(t)
    const binary = script === undefined ? '/none/haproxy' : await haproxyBy(t, script)
    const { folder, env } = await ownTemp(t)
    const args = ['verify', '--marathon', url, '--haproxy-binary', binary, '--count', '100000']
    const ended = await runToEnd(t, args, { env })
    assert.match(ended.err, err)
    assert.deepEqual({ code: ended.code, out: ended.out }, { code: 1, out: '' })
    assert.deepEqual(await leftIn(folder), [])
  })
}

test('verify: Ctrl-C ends HAProxy and removes its files', { skip: noHaproxy }, async (t) => {
  const url = await marathonWith(t)
  const pidFile = join(await tempFolder(t), 'pid')
  const binary = await haproxyBy(t, `echo $$ > ${pidFile}\nexec haproxy "$@"`)
  const { folder, env } = await ownTemp(t)
  const args = ['verify', '--marathon', url, '--haproxy-binary', binary, '--count', '100000']
  const program = startProgram(t, args, { env })
  const { stderr } = program.process
  await new Promise<void>((resolve) => {
    stderr?.on('data', (text: string) => text.includes(' requests\n') && resolve())
    void program.ended.then(() => resolve())
  })
  const pid = Number(spawnSync('cat', [pidFile], { encoding: 'utf8' }).stdout)
  assert.doesNotThrow(() => process.kill(pid, 0))
  program.process.kill('SIGINT')
  const { code, err } = await program.ended
  assert.equal(code, 1)
  assert.match(err, /\nstopped before the end\n$/)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
  assert.deepEqual(await leftIn(folder), [])
})

const usages = [
  { args: ['verify', '--count', '0'], code: 2, err: /Expected a whole number from 1 to 100000\./ },
  { args: ['verify'], code: 1, err: /^nothing to route to: say where Marathon is with --marathon/ }
]

for (const { args, code, err } of usages) {
  test(`${args.join(' ')}: one line, exit code ${code}`, async (t) => {
    const ended = await runToEnd(t, args)
    assert.equal(ended.code, code)
    assert.match(ended.err, err)
  })
}
