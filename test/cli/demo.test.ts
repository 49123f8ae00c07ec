import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { freePorts } from '../../bench/free-ports.ts'
import { demoExamples } from '../../src/cli/demo.ts'
import { explainExamples } from '../../src/cli/explain.ts'
import { routesExamples } from '../../src/cli/routes.ts'
import { eventually } from '../support/eventually.ts'
import { withoutHaproxy } from '../support/haproxy.ts'
import { type RunningProgram, runToEnd, startProgram } from '../support/program.ts'

const READY = /Ctrl-C stops everything/

interface Demo {
  readonly program: RunningProgram
  readonly door: number
  readonly admin: string
  readonly marathon: string
  readonly ports: readonly number[]
}

interface TestScope {
  after(undo: () => Promise<void>): void
}

async function startDemo(t: TestScope, words: readonly string[] = ['demo']): Promise<Demo> {
  const ports = await freePorts(3)
  const [door = 0, admin, marathon] = ports
  const flags = ['--port', `${door}`, '--admin-port', `${admin}`, '--marathon-port', `${marathon}`]
  return {
    program: startProgram(t, [...words, ...flags]),
    door,
    admin: `http://127.0.0.1:${admin}`,
    marathon: `http://127.0.0.1:${marathon}`,
    ports
  }
}

test('demo: two tasks take turns, scaling and destroying show, Ctrl-C leaves nothing', async (t) => {
  const { program, door, marathon, ports } = await startDemo(t)
  await program.said(READY)
  assert.equal((await answers(door, 6)).size, 2)

  const scaled = await fetch(`${marathon}/v2/apps/myapp`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"instances":5}'
  })
  assert.equal(scaled.status, 200)
  await program.said(/\d\d:\d\d:\d\d {2}\/myapp: \+/)
  await eventually('five tasks answer', async () => (await answers(door, 15)).size === 5)
  const tasks = await taskPorts(marathon)
  assert.equal(tasks.length, 5)

  await fetch(`${marathon}/v2/apps/myapp`, { method: 'DELETE' })
  await eventually('the app is gone', async () => (await ask(door)).status === 404)

  program.process.kill('SIGINT')
  const { code, out, err } = await program.ended
  assert.equal(err, '')
  assert.equal(code, 0)
  assert.match(out, /Stopped; nothing is left running\.\n$/)
  for (const own of ports) await eventually('closed', async () => !(await isOpen('127.0.0.1', own)))
  for (const [host, own] of tasks) await eventually('ended', async () => !(await isOpen(host, own)))
})

test('demo --plane haproxy: HAProxy answers, and ends with Ctrl-C', {
  skip: withoutHaproxy
}, async (t) => {
  const { program, door, ports } = await startDemo(t, ['demo', '--plane', 'haproxy'])
  await program.said(READY)
  // HAProxy draws two at random and takes the less busy one, so neither has its fixed turn.
  await eventually('both tasks answer', async () => (await answers(door, 6)).size === 2)
  program.process.kill('SIGINT')
  const { code, err } = await program.ended
  assert.deepEqual([code, err], [0, ''])
  for (const own of ports) await eventually('closed', async () => !(await isOpen('127.0.0.1', own)))
})

describe('demo: Ctrl-C while it starts leaves nothing and is no failure', () => {
  for (const [name, moment] of [
    ['at its first line', /Starting/],
    ['while the app is awaited', /waiting for 20 tasks/]
  ] as const) {
    test(name, async (t) => {
      // So many tasks take a while, so that the app is awaited for sure.
      const { program, ports } = await startDemo(t, ['demo', '--instances', '20'])
      await program.said(moment)
      program.process.kill('SIGINT')
      const { code, err } = await program.ended
      assert.deepEqual({ code, err }, { code: 0, err: '' })
      for (const own of ports) assert.equal(await isOpen('127.0.0.1', own), false)
      await eventually(
        'the group has ended',
        async () => !isGroupAlive(Number(program.process.pid))
      )
    })
  }
})

describe('demo: a taken port is one line that names port and option; exit code 1', () => {
  for (const flag of ['--port', '--admin-port', '--marathon-port']) {
    test(flag, async (t) => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      t.after(() => taken.close())
      const { port } = taken.address() as { port: number }
      const flags = ['--port', '--admin-port', '--marathon-port']
      const free = await freePorts(3)
      const args = flags.flatMap((name, at) => [name, `${name === flag ? port : free[at]}`])
      const { code, out, err } = await runToEnd(t, ['demo', ...args])
      assert.equal(err, `port ${port} is taken: choose another with ${flag}\n`)
      assert.equal(out, 'Starting a small cluster on this machine…\n')
      assert.equal(code, 1)
    })
  }
})

describe('demo: each of its examples starts, and SIGTERM ends it with its tasks', () => {
  for (const example of demoExamples) {
    test(example, async (t) => {
      const { program, marathon } = await startDemo(t, example.split(' '))
      await program.said(READY)
      const tasks = await taskPorts(marathon)
      assert.ok(tasks.length >= 2)
      program.process.kill('SIGTERM')
      assert.equal((await program.ended).code, 0)
      const open = await Promise.all(tasks.map(([host, port]) => isOpen(host, port)))
      assert.equal(open.includes(true), false, 'a task was left behind')
    })
  }
})

test('routes and explain: each of their examples works with a gateway and with a Marathon', async (t) => {
  const { program, admin, marathon } = await startDemo(t)
  await program.said(READY)
  for (const example of [...routesExamples, ...explainExamples]) {
    const args = example.replace('http://marathon:8080', marathon).split(' ')
    const { code, out, err } = await runToEnd(t, [...args, '--admin', admin])
    assert.equal(err, '', example)
    assert.match(out, /myapp/, example)
    assert.equal(code, 0, example)
  }
  const json = await runToEnd(t, ['routes', '--json', '--admin', admin])
  const { routes } = JSON.parse(json.out)
  assert.ok(routes.some((route: { match: { host: string } }) => route.match.host === 'myapp.local'))
  const nowhere = await runToEnd(t, ['explain', 'http://nowhere.local/', '--admin', admin])
  assert.deepEqual([nowhere.code, nowhere.err], [1, ''])
})

/** Different answers of the sample app among so many requests. */
async function answers(door: number, count: number): Promise<ReadonlySet<string>> {
  const texts = new Set<string>()
  for (let asked = 0; asked < count; asked += 1) texts.add((await ask(door)).text)
  return texts
}

async function ask(port: number): Promise<{ status: number | undefined; text: string }> {
  const headers = { host: 'myapp.local' }
  const asked = request({ host: '127.0.0.1', port, headers, agent: false }).end()
  const [answer] = await once(asked, 'response')
  return { status: answer.statusCode, text: Buffer.concat(await answer.toArray()).toString() }
}

async function taskPorts(marathon: string): Promise<readonly (readonly [string, number])[]> {
  const answer = await fetch(`${marathon}/v2/tasks`, { headers: { accept: 'application/json' } })
  const { tasks } = (await answer.json()) as { tasks: { host: string; ports: number[] }[] }
  return tasks.flatMap(({ host, ports }) => ports.map((port) => [host, port] as const))
}

async function isOpen(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function isGroupAlive(group: number): boolean {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}
