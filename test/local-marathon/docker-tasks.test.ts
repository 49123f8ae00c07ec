import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createLocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import { definitionOf } from '../../src/local-marathon/definition-input.ts'
import { dockerArguments } from '../../src/local-marathon/task-runner-docker.ts'
import { eventually } from '../support/eventually.ts'
import { call, settled, startApp } from '../support/local-marathon.ts'

const SERVER = join(import.meta.dirname, '../../sample-app/server.js')
const IMAGE = 'local-marathon-test:latest'

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim()

/** Why Docker cannot be used here; undefined when an engine answers. */
function dockerFault(): string | undefined {
  const { status, stderr, error } = spawnSync('docker', ['version'], { encoding: 'utf8' })
  if (error) return 'docker is not installed'
  return status === 0 ? undefined : `no Docker engine answers: ${stderr.trim().split('\n').at(-1)}`
}

/** Puts a program with the libraries it names below a root. */
function install(root: string, program: string, to: string): void {
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? []
  for (const [from, path] of [[program, to], ...libraries.map((name) => [name, name])]) {
    const target = join(root, path ?? '')
    mkdirSync(dirname(target), { recursive: true })
    copyFileSync(from ?? '', target)
  }
}

/** An image of this machine's node and the sample app, so that no registry is needed. */
function importImage(t: TestContext): void {
  const root = mkdtempSync(join(tmpdir(), 'image-'))
  try {
    install(root, process.execPath, '/usr/bin/node')
    install(root, '/bin/sh', '/bin/sh')
    mkdirSync(join(root, 'app'))
    copyFileSync(SERVER, join(root, 'app/server.mjs'))
    const tar = join(root, 'image.tar')
    execFileSync('tar', ['-C', root, '--exclude', './image.tar', '-cf', tar, '.'])
    const changes = [
      'ENV LISTEN_HOST=0.0.0.0',
      'ENV LISTEN_PORT=8080',
      'CMD ["node","/app/server.mjs"]'
    ]
    docker('import', ...changes.flatMap((change) => ['--change', change]), tar, IMAGE)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  t.after(() => docker('rmi', '--force', IMAGE))
}

test('containers are started, checked, reached, replaced and removed', async (t) => {
  const fault = dockerFault()
  if (fault) return t.skip(fault)
  importImage(t)
  const marathon = await createLocalMarathon({ port: 0, runner: 'auto', restartBackoffMs: 10 })
  t.after(() => marathon.close())
  const { url } = marathon
  await startApp(url, {
    cmd: undefined,
    instances: 2,
    networks: [{ mode: 'container/bridge' }],
    container: {
      type: 'DOCKER',
      docker: { image: IMAGE },
      portMappings: [{ containerPort: 8080, hostPort: 0 }]
    },
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 1 }],
    taskKillGracePeriodSeconds: 5
  })
  const tasksOf = async () => (await call(url, '/v2/apps/shop/tasks')).json.tasks
  const tasks = await tasksOf()
  const ips = tasks.map(
    (task: { ipAddresses: { ipAddress: string }[] }) => task.ipAddresses[0]?.ipAddress
  )
  assert.equal(new Set(ips).size, 2)
  for (const [index, task] of tasks.entries()) {
    const { text } = await call(`http://${task.host}:${task.ports[0]}`, '/')
    assert.equal(text, `Hello from ${ips[index]} (task ${task.id})\n`)
  }
  const [first] = tasks
  const instance = first.id.replace('._app.1', '')
  docker('kill', docker('ps', '--quiet', '--filter', `label=local-marathon=${instance}`))
  await eventually('another task', async () => {
    const now = await tasksOf()
    return now.length === 2 && now.every((task: { id: string }) => task.id !== first.id)
  })
  await settled(url)
  await marathon.close()
  assert.equal(docker('ps', '--all', '--quiet', '--filter', 'label=local-marathon'), '')
})

test('an image that is not there is a failing task with the reason, and leaves nothing', async (t) => {
  const fault = dockerFault()
  if (fault) return t.skip(fault)
  const marathon = await createLocalMarathon({ port: 0, runner: 'docker' })
  t.after(() => marathon.close())
  const container = { docker: { image: '127.0.0.1:1/none' } }
  const body = { id: '/shop', container }
  await call(marathon.url, '/v2/apps', { method: 'POST', body })
  const failure = await eventually(
    'the failure',
    async () => (await call(marathon.url, '/v2/apps/shop')).json.app.lastTaskFailure
  )
  assert.match(failure.message, /127\.0\.0\.1:1/)
})

test('docker run gets label, published ports, environment and command as separate words', () => {
  const definition = definitionOf(
    {
      cmd: 'echo "$A"; sleep 1',
      env: { A: 'b c' },
      networks: [{ mode: 'container/bridge' }],
      container: {
        docker: { image: 'nginx' },
        portMappings: [{ containerPort: 80 }, { containerPort: 0 }]
      }
    },
    '/shop',
    () => 10_000
  )
  const spec = { taskId: 'shop.1', instanceId: 'shop.i', definition, version: 'v' }
  const placement = { host: '127.0.1.2', ports: [31_001, 31_002], release: () => undefined }
  const words = dockerArguments(spec, placement)
  assert.deepEqual(words.slice(0, 8), [
    'run',
    '--detach',
    '--label',
    'local-marathon=shop.i',
    '--publish',
    '127.0.1.2:31001:80',
    '--publish',
    '127.0.1.2:31002:31002'
  ])
  assert.ok(words.includes('A=b c'))
  assert.ok(words.includes('PORT_80=31001'))
  assert.deepEqual(words.slice(-4), ['nginx', '/bin/sh', '-c', 'echo "$A"; sleep 1'])
})
