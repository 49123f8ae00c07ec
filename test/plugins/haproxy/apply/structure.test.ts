import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../../support/eventually.ts'
import {
  ask,
  haproxyUnderTest,
  settled,
  startLoad,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'

const skip = withoutHaproxy

test('haproxy: a new app of a known kind takes a spare, without a reload', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
  const first = backend('first', [one.server])
  await haproxy.settle(haproxy.state({ backends: [first] }))
  const worker = haproxy.keeper.status.worker
  await haproxy.settle(haproxy.state({ backends: [first, backend('second', [two.server])] }))
  assert.deepEqual(await ask(haproxy.port, 'second.test'), { status: 200, body: 'two' })
  assert.deepEqual(await ask(haproxy.port, 'first.test'), { status: 200, body: 'one' })
  await haproxy.settle(haproxy.state({ backends: [first] }))
  assert.equal((await ask(haproxy.port, 'second.test')).status, 404)
  await haproxy.settle(haproxy.state({ backends: [first, backend('second', [two.server])] }))
  assert.deepEqual(await ask(haproxy.port, 'second.test'), { status: 200, body: 'two' })
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
  assert.equal(haproxy.keeper.status.worker, worker)
})

test('haproxy: a backend whose settings change moves to a spare under load', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
  const leastconn = { settings: ['mode http', 'balance leastconn'] }
  const other = backend('other', [two.server], leastconn)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [one.server]), other] }))
  const load = startLoad(haproxy.port, ['app.test', 'other.test'])
  await haproxy.settle(
    haproxy.state({ backends: [backend('app', [one.server], leastconn), other] })
  )
  const seen = load.ok()
  await eventually('a hundred requests', () => load.ok() > seen + 100 || load.failures.length > 0)
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

test('haproxy: reloads under load lose no request', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
  const servers = tasks.map((task) => task.server)
  const part = (turn: number) =>
    haproxy.state({
      backends: [backend('app', servers)],
      moreStructure: [`  timeout queue ${turn + 1}s`]
    })
  await haproxy.settle(part(0))
  const load = startLoad(haproxy.port, ['app.test'])
  for (let turn = 1; turn <= 6; turn += 1) {
    await haproxy.settle(part(turn))
    const seen = load.ok()
    await eventually('fifty requests', () => load.ok() > seen + 50 || load.failures.length > 0)
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 6)
})

test('haproxy: what was added at run time is there after a reload', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t, { rewriteMs: 3_600_000 })
  const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
  const [a, b] = tasks.map((task) => task.server)
  assert.ok(a !== undefined && b !== undefined)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a])] }))
  await haproxy.settle(haproxy.state({ backends: [backend('app', [b]), backend('new', [a])] }))
  const more = { moreStructure: ['  timeout queue 9s'] }
  await haproxy.settle(
    haproxy.state({ backends: [backend('app', [b]), backend('new', [a])], ...more })
  )
  assert.equal(haproxy.keeper.status.counts.reloads, 1)
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  assert.equal((await ask(haproxy.port, 'new.test')).body, 'a')
})

test('haproxy: while a reload has to wait, tasks change all the same', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t, { reloadEveryMs: 3_600_000 })
  const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
  const [a, b] = tasks.map((task) => task.server)
  assert.ok(a !== undefined && b !== undefined)
  const more = (turn: number) => ({ moreStructure: [`  timeout queue ${turn}s`] })
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a])] }))
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a])], ...more(1) }))
  haproxy.keeper.apply(haproxy.state({ backends: [backend('app', [b])], ...more(2) }))
  await eventually('a reload is due', () => haproxy.keeper.status.reloadDue !== undefined)
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  assert.equal(haproxy.keeper.status.counts.reloads, 1)
  assert.equal(haproxy.keeper.status.settled, false)
})

test('haproxy: one bad backend is left out, the rest goes live', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
  const bad = backend('bad', [], { settings: ['mode http', 'balance sideways'] })
  await haproxy.settle(haproxy.state({ backends: [backend('app', [one.server]), bad] }))
  assert.deepEqual(await ask(haproxy.port, 'app.test'), { status: 200, body: 'one' })
  assert.equal((await ask(haproxy.port, 'bad.test')).status, 503)
  assert.deepEqual(
    haproxy.keeper.status.problems.map((problem) => problem.backend),
    ['bad']
  )
  assert.match(haproxy.keeper.status.problems[0]?.reason ?? '', /^balance only supports /)
  const cured = backend('bad', [two.server])
  await haproxy.settle(haproxy.state({ backends: [backend('app', [one.server]), cured] }))
  assert.deepEqual(await ask(haproxy.port, 'bad.test'), { status: 200, body: 'two' })
  assert.deepEqual(haproxy.keeper.status.problems, [])
})

test('haproxy: lines that can’t be loaded change nothing', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const one = await startTask(t, 'one')
  const backends = [backend('app', [one.server])]
  await haproxy.settle(haproxy.state({ backends }))
  const file = join(haproxy.folder, 'haproxy.cfg')
  const before = await readFile(file, 'utf8')
  haproxy.keeper.apply(haproxy.state({ backends, moreStructure: ['  no such line'] }))
  await eventually('it is told', () => haproxy.keeper.status.unloadable !== undefined)
  assert.equal(await readFile(file, 'utf8'), before)
  assert.equal((await ask(haproxy.port, 'app.test')).status, 200)
  await haproxy.settle(haproxy.state({ backends }))
  assert.equal(haproxy.keeper.status.unloadable, undefined)
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

test('haproxy: many routes are replaced in one transaction', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const one = await startTask(t, 'one')
  const backends = [backend('app', [one.server])]
  const hosts = (count: number, word: string) =>
    Array.from({ length: count }, (_, at) => [`${word}${at}.test`, 'app'] as const)
  await haproxy.settle(haproxy.state({ backends }))
  await haproxy.settle(haproxy.state({ backends, hosts: hosts(2_000, 'h') }))
  assert.equal((await ask(haproxy.port, 'h1999.test')).status, 200)
  await haproxy.settle(haproxy.state({ backends, hosts: hosts(2_000, 'k') }))
  assert.equal((await ask(haproxy.port, 'k1999.test')).status, 200)
  assert.equal((await ask(haproxy.port, 'h1999.test')).status, 404)
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

test('haproxy: without a way to reload, tasks change all the same', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
  await haproxy.settle(haproxy.state({ backends: [backend('app', [one.server])] }))
  await haproxy.keeper.close({ stopHaproxy: false })
  const foreign = haproxy.again({ reloadCommand: [] })
  foreign.apply(
    haproxy.state({
      backends: [backend('app', [two.server])],
      moreStructure: ['  timeout queue 9s']
    })
  )
  await eventually('it is told', () => foreign.status.state === 'failing')
  assert.match(foreign.status.failure ?? '', /^this change takes a reload, and no reload command/)
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'two')
  await foreign.close({ stopHaproxy: false })
  const own = haproxy.again()
  own.apply(haproxy.state({ backends: [backend('app', [one.server])] }))
  await settled(own, haproxy.log)
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'one')
})
