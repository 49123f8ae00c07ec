import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRuntimeSocket } from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'
import { eventually } from '../../../support/eventually.ts'
import {
  ask,
  haproxyUnderTest,
  startLoad,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { backend, server } from '../../../support/haproxy-states.ts'

const skip = withoutHaproxy

test('haproxy: sixty task changes under load lose no request and cause no reload', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const tasks = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startTask(t, name)))
  const part = (names: readonly string[], weight = 100) =>
    haproxy.state({
      backends: [
        backend(
          'app',
          tasks
            .filter(({ name }) => names.includes(name))
            .map(({ server }) => ({ ...server, weight }))
        )
      ]
    })
  await haproxy.settle(part(['a', 'b']))
  const load = startLoad(haproxy.port, ['app.test'])
  const pairs = [['a', 'b'], ['b', 'c'], ['c', 'd'], ['a', 'd'], ['a'], ['a', 'b', 'c', 'd']]
  for (let turn = 0; turn < 60; turn += 1) {
    await haproxy.settle(part(pairs[turn % pairs.length] ?? [], 50 + turn))
    const before = load.ok()
    while (load.ok() < before + 20 && load.failures.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
  assert.equal(haproxy.keeper.status.counts.refusals, 0)
  assert.equal((await ask(haproxy.port, 'app.test')).status, 200)
  t.diagnostic(JSON.stringify({ ok: load.ok(), ...haproxy.keeper.status }))
})

test('haproxy: a request under way is finished, then its server is deleted', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a.server])] }))
  const slow = ask(haproxy.port, 'app.test', { path: '/slow' })
  await eventually('the task has it', () => a.requests() === 1)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [b.server])] }))
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  assert.deepEqual(await serverNames(haproxy.socket), ['a', 'b'])
  assert.deepEqual(await slow, { status: 200, body: 'a' })
  await serversBecome(haproxy.socket, ['b'])
  assert.equal(haproxy.keeper.status.counts.refusals, 0)
})

test('haproxy: what outlasts the time to leave is ended', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t, { leaveMs: 50 })
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a.server])] }))
  const slow = ask(haproxy.port, 'app.test', { path: '/slow' })
  await eventually('the task has it', () => a.requests() === 1)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [b.server])] }))
  assert.notDeepEqual(await slow, { status: 200, body: 'a' })
  await serversBecome(haproxy.socket, ['b'])
})

test('haproxy: a task that leaves gets no sticky request any more', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  const settings = ['mode http', 'use-server %[req.cook(S)] if { req.cook(S) -m found }']
  const part = (...servers: (typeof a.server)[]) =>
    haproxy.state({ backends: [backend('app', servers, { settings })] })
  await haproxy.settle(part(a.server, b.server))
  for (let turn = 0; turn < 4; turn += 1) {
    assert.equal((await ask(haproxy.port, 'app.test', { cookie: 'S=a' })).body, 'a')
  }
  // Holds the server, so that it can't be deleted yet.
  const slow = ask(haproxy.port, 'app.test', { path: '/slow', cookie: 'S=a' })
  await eventually('the task has it', () => a.requests() === 5)
  await haproxy.settle(part(b.server))
  assert.equal((await ask(haproxy.port, 'app.test', { cookie: 'S=a' })).body, 'b')
  assert.equal((await slow).status, 200)
})

test('haproxy: checks run for tasks added at run time', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  const serverWords = ['check', 'inter', '50ms', 'fall', '2']
  const part = (...servers: (typeof a.server)[]) =>
    haproxy.state({ backends: [backend('app', servers, { serverWords })] })
  await haproxy.settle(part(a.server))
  await haproxy.settle(part(a.server, b.server))
  await b.stop()
  const socket = createRuntimeSocket(haproxy.socket)
  for (
    let turn = 0;
    !/ app \d+ b \S+ 0 /.test(await socket.ask('show', 'servers', 'state', 'app'));
    turn += 1
  ) {
    assert.ok(turn < 1_000, 'the check does not notice')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.equal(haproxy.keeper.status.counts.refusals, 0)
})

test('haproxy: a last resort serves only while nothing else does', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  const part = (...servers: (typeof a.server)[]) =>
    haproxy.state({ backends: [backend('app', servers)] })
  const last = { ...b.server, backup: true }
  await haproxy.settle(part(last))
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  await haproxy.settle(part(a.server, last))
  for (let turn = 0; turn < 4; turn += 1) {
    assert.equal((await ask(haproxy.port, 'app.test')).body, 'a')
  }
  const load = startLoad(haproxy.port, ['app.test'])
  for (let turn = 0; turn < 10; turn += 1) {
    await haproxy.settle(part(turn % 2 === 0 ? b.server : last))
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

test('haproxy: a thousand tasks come at once', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const one = await startTask(t, 'one')
  const part = (count: number) =>
    haproxy.state({
      backends: [
        backend('app', [
          one.server,
          ...Array.from({ length: count }, (_, at) => server(`x${at}`, { weight: 0 }))
        ])
      ]
    })
  await haproxy.settle(part(0))
  await haproxy.settle(part(1_000))
  assert.equal((await serverNames(haproxy.socket)).length, 1_001)
  t.diagnostic(`1,000 tasks more after ${haproxy.keeper.status.lastChangeMs} ms`)
  await haproxy.settle(part(1))
  await serversBecome(haproxy.socket, ['one', 'x0'])
  await haproxy.settle(part(2))
  t.diagnostic(`one task more after ${haproxy.keeper.status.lastChangeMs} ms`)
  assert.equal(haproxy.keeper.status.counts.refusals, 0)
})

async function serversBecome(socket: string, wanted: readonly string[]): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const names = await serverNames(socket)
    if (names.join() === wanted.join()) return
    assert.ok(turn < 1_000, names.join())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function serverNames(path: string): Promise<string[]> {
  const text = await createRuntimeSocket(path).ask('show', 'servers', 'state', 'app')
  return [...text.matchAll(/^\d+ app \d+ (\S+) /gm)].map(([, name = '']) => name).sort()
}
