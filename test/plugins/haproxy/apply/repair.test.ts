import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseProcesses } from '../../../../src/plugins/haproxy/apply/answers.ts'
import { isAlive } from '../../../../src/plugins/haproxy/apply/master-process.ts'
import {
  createRuntimeSocket,
  exchange
} from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'
import { eventually } from '../../../support/eventually.ts'
import {
  ask,
  type HaproxyUnderTest,
  haproxyUnderTest,
  settled,
  startLoad,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'

const skip = withoutHaproxy

test('haproxy: what somebody else changes is repaired and counted', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t, { compareMs: 100 })
  const tasks = await Promise.all(['a', 'b', 'c'].map((name) => startTask(t, name)))
  const servers = tasks.map((task) => task.server)
  const hosts = [
    ['app.test', 'app'],
    ['also.test', 'app']
  ] as const
  await haproxy.settle(haproxy.state({ backends: [backend('app', servers)], hosts }))
  const socket = createRuntimeSocket(haproxy.socket)
  const map = join(haproxy.folder, 'routes.map')
  const harm = [
    'set server app/a state maint',
    'del server app/a',
    'set server app/b state drain',
    'set server app/c weight 1',
    'add server app/stranger 127.0.0.1:9',
    `del map ${map} app.test`,
    `set map ${map} also.test nobody`,
    `add map ${map} more.test app`
  ]
  await socket.run(harm.map((line) => ({ words: line.split(' ') })))
  const whole = async () =>
    [
      ...(await socket.ask('show', 'servers', 'state', 'app')).matchAll(
        / app \d+ (\S+) \S+ \d (\d+) (\d+) /g
      )
    ]
      .map(([, name, admin, weight]) => `${name} ${admin} ${weight}`)
      .sort()
      .join(', ')
  for (let turn = 0; (await whole()) !== 'a 0 100, b 0 100, c 0 100'; turn += 1) {
    assert.ok(turn < 1_000, await whole())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const entries = (await socket.ask('show', 'map', map)).trim().split('\n')
  assert.deepEqual(entries.map((line) => line.replace(/^\S+ /, '')).sort(), [
    'also.test app',
    'app.test app'
  ])
  // One of them changes the map, in three places.
  assert.equal(haproxy.keeper.status.counts.repairs, 5)
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

for (const victim of ['worker', 'master'] as const) {
  test(`haproxy: killing its ${victim} brings it back as it was`, { skip }, async (t) => {
    const haproxy = await haproxyUnderTest(t, { rewriteMs: 3_600_000 })
    const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
    const [a, b] = tasks.map((task) => task.server)
    assert.ok(a !== undefined && b !== undefined)
    await haproxy.settle(haproxy.state({ backends: [backend('app', [a])] }))
    await haproxy.settle(haproxy.state({ backends: [backend('app', [b])] }))
    const { master, worker } = await processes(haproxy)
    process.kill(victim === 'worker' ? worker : master, 'SIGKILL')
    await eventually('it is started again', () => haproxy.keeper.status.counts.starts === 2, 30_000)
    await settled(haproxy.keeper, haproxy.log)
    assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
    assert.notEqual((await processes(haproxy)).master, master)
  })
}

test('haproxy: the next gateway adopts it, with all it holds, under load', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t, { rewriteMs: 3_600_000 })
  const tasks = await Promise.all(['a', 'b', 'c'].map((name) => startTask(t, name)))
  const [a, b, c] = tasks.map((task) => task.server)
  assert.ok(a !== undefined && b !== undefined && c !== undefined)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a])] }))
  await haproxy.settle(haproxy.state({ backends: [backend('app', [b]), backend('new', [a])] }))
  const before = await processes(haproxy)
  const load = startLoad(haproxy.port, ['app.test', 'new.test'])
  await haproxy.keeper.close({ stopHaproxy: false })
  const heir = haproxy.again()
  heir.apply(haproxy.state({ backends: [backend('app', [b, c]), backend('new', [a])] }))
  await settled(heir, haproxy.log)
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.deepEqual(await processes(haproxy), before)
  const { adoptions, starts, reloads, steps } = heir.status.counts
  assert.deepEqual(
    { adoptions, starts, reloads, steps },
    { adoptions: 1, starts: 0, reloads: 0, steps: 1 }
  )
})

test('haproxy: it survives the death of the gateway’s process', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const one = await startTask(t, 'one')
  const desired = haproxy.state({ backends: [backend('app', [one.server])] })
  const gateway = spawn(
    process.execPath,
    ['--import', 'tsx', join(import.meta.dirname, '../../../support/haproxy-keeper-main.ts')],
    { stdio: ['pipe', 'pipe', 'inherit'], detached: true }
  )
  gateway.stdin.end(JSON.stringify({ folder: haproxy.folder, socket: haproxy.socket, desired }))
  await once(gateway.stdout, 'data')
  const before = await processes(haproxy)
  assert.ok(gateway.pid !== undefined)
  process.kill(-gateway.pid, 'SIGKILL')
  await once(gateway, 'exit')
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'one')
  await haproxy.settle(desired)
  assert.deepEqual(await processes(haproxy), before)
  assert.equal(haproxy.keeper.status.counts.adoptions, 1)
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
})

test('haproxy: servers of an adopted one get other settings by a reload, known ones by none', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
  const words = (count: number) => ({ serverWords: ['maxconn', `${count}`] })
  const first = backend('app', [one.server], words(11))
  await haproxy.settle(haproxy.state({ backends: [first] }))
  // At run time, so that no file of this worker has them.
  const both = [first, backend('new', [two.server], words(22))]
  await haproxy.settle(haproxy.state({ backends: both }))
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
  const adoptedWith = async (backends: typeof both) => {
    const heir = haproxy.again()
    heir.apply(haproxy.state({ backends }))
    await settled(heir, haproxy.log)
    await heir.close({ stopHaproxy: false })
    const { adoptions, reloads } = heir.status.counts
    return { adoptions, reloads, limits: await limitsOf(haproxy) }
  }
  await haproxy.keeper.close({ stopHaproxy: false })
  const same = { adoptions: 1, reloads: 0, limits: { one: '11', two: '22' } }
  assert.deepEqual(await adoptedWith(both), same)
  const other = both.map((part) => ({ ...part, ...words(33) }))
  const reloaded = { adoptions: 1, reloads: 1, limits: { one: '33', two: '33' } }
  assert.deepEqual(await adoptedWith(other), reloaded)
})

/** Most connections of each server, by its name. */
async function limitsOf({ socket }: HaproxyUnderTest): Promise<Record<string, string>> {
  const text = await createRuntimeSocket(socket).ask('show', 'stat', '-1', '4', '-1')
  const [head = '', ...rows] = text.trim().split('\n')
  const names = head.replace(/^# /, '').split(',')
  const cells = rows.map((row) => row.split(','))
  const [server, limit] = [names.indexOf('svname'), names.indexOf('slim')]
  return Object.fromEntries(cells.map((row) => [row[server], row[limit]]))
}

test('haproxy: only an explicit stop ends it', { skip }, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const one = await startTask(t, 'one')
  await haproxy.settle(haproxy.state({ backends: [backend('app', [one.server])] }))
  const { master } = await processes(haproxy)
  await haproxy.keeper.close({ stopHaproxy: false })
  assert.equal((await ask(haproxy.port, 'app.test')).status, 200)
  const heir = haproxy.again()
  heir.apply(haproxy.state({ backends: [backend('app', [one.server])] }))
  await settled(heir, haproxy.log)
  await heir.close({ stopHaproxy: true })
  assert.equal((await ask(haproxy.port, 'app.test')).status, 0)
  assert.equal(isAlive(master), false)
})

test('haproxy: someone else’s is steered by its socket and a reload command', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
  const [a, b] = tasks.map((task) => task.server)
  assert.ok(a !== undefined && b !== undefined)
  await haproxy.settle(haproxy.state({ backends: [backend('app', [a])] }))
  const pid = Number(await readFile(join(haproxy.folder, 'haproxy.pid'), 'utf8'))
  await haproxy.keeper.close({ stopHaproxy: false })
  const foreign = haproxy.again({ reloadCommand: ['kill', '-USR2', String(pid)] })
  foreign.apply(haproxy.state({ backends: [backend('app', [b])] }))
  await settled(foreign, haproxy.log)
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  const load = startLoad(haproxy.port, ['app.test'])
  const more = { moreStructure: ['  timeout queue 9s'] }
  foreign.apply(haproxy.state({ backends: [backend('app', [a, b])], ...more }))
  await settled(foreign, haproxy.log)
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(foreign.status.counts.reloads, 1)
})

async function processes({
  folder
}: HaproxyUnderTest): Promise<{ master: number; worker: number }> {
  const limits = { silenceMs: 10_000, maxBytes: 100_000 }
  const text = await exchange(join(folder, 'master.sock'), 'show proc\nquit\n', limits)
  const seen = parseProcesses(text)
  assert.ok(seen?.worker !== undefined, text)
  return { master: seen.master, worker: seen.worker }
}
