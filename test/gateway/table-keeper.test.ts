import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { createFaults } from '../../src/gateway/faults.ts'
import type { App } from '../../src/gateway/model/app.ts'
import type { Table } from '../../src/gateway/model/table.ts'
import { PartRegistry } from '../../src/gateway/part-registry.ts'
import { createTableKeeper } from '../../src/gateway/table-keeper.ts'
import { app, NOW, settings, snapshot, task } from '../support/apps.ts'

/** So many that a compilation of all of them takes more than one slice. */
const APPS = 400

const id = (at: number) => `/app-${at}`

function appAt(at: number, host = '10.0.0.1'): App {
  const tasks = [0, 1].map((one) => task({ id: `app-${at}.${one}`, host, ports: [31_000 + one] }))
  return app({ id: id(at), tasks })
}

/** A keeper whose slices run when the test says so. */
function keeperUnderTest() {
  const waiting: (() => void)[] = []
  let ms = 0
  const parts = new PartRegistry()
  const applied: Table[] = []
  parts.planes.push({
    name: 'test',
    supports: () => true,
    apply: (table) => void applied.push(table)
  })
  const { log } = fastify()
  const keeper = createTableKeeper({
    parts,
    faults: createFaults({ log, now: () => NOW }),
    role: 'both',
    routing: settings,
    labelSchemas: new Map(),
    log,
    ownAddresses: () => [],
    slices: { now: () => ++ms, later: (run) => void waiting.push(run) },
    now: () => NOW
  })
  const sink = keeper.sinkFor('marathon', new AbortController().signal)
  const slice = async (): Promise<boolean> => {
    await Promise.resolve()
    const next = waiting.shift()
    next?.()
    await Promise.resolve()
    return next !== undefined
  }
  const settled = async (): Promise<void> => {
    while (await slice());
  }
  return { keeper, sink, applied, slice, settled }
}

const publishAll = (host: string, takenAt: number) =>
  snapshot({ takenAt, apps: Array.from({ length: APPS }, (_, at) => appAt(at, host)) })

function endpoints(table: Table, at: number): readonly string[] {
  const service = table.services.get(`marathon:${id(at)}:0`)
  return (service?.endpoints ?? []).map(({ taskId, host, lastResort }) =>
    [taskId, host, ...(lastResort ? ['last resort'] : [])].join(' ')
  )
}

test('table keeper: one changed app changes its service alone', async () => {
  const { keeper, sink, applied, settled } = keeperUnderTest()
  const apps = Array.from({ length: APPS }, (_, at) => appAt(at))
  sink.publish(snapshot({ apps }))
  await settled()
  sink.publish(snapshot({ apps: apps.with(7, appAt(7, '10.0.0.9')) }))
  await settled()
  const [first, second] = applied
  assert.ok(first !== undefined && second !== undefined)
  assert.equal(keeper.store.current, second)
  assert.deepEqual([...first.services.changedKeys(second.services)], ['marathon:/app-7:0'])
  assert.equal(first.index, second.index)
})

test('table keeper: a snapshot that says the same is no new table', async () => {
  const { sink, applied, settled } = keeperUnderTest()
  sink.publish(publishAll('10.0.0.1', NOW))
  await settled()
  sink.publish(publishAll('10.0.0.1', NOW + 1))
  await settled()
  assert.equal(applied.length, 1)
})

test('table keeper: a task seen ending while a large change is compiled leaves at once', async () => {
  const { keeper, sink, slice, settled } = keeperUnderTest()
  sink.publish(publishAll('10.0.0.1', NOW - 2))
  await settled()
  sink.publish(publishAll('10.0.0.2', NOW - 1))
  assert.ok(await slice(), 'the change takes more than one slice')
  sink.taskEnding('app-3.0')
  await Promise.resolve()
  const out = ['app-3.0 10.0.0.1 last resort', 'app-3.1 10.0.0.1']
  assert.deepEqual(endpoints(keeper.store.current, 3), out)

  while (endpoints(keeper.store.current, 0)[0] === 'app-0.0 10.0.0.1') assert.ok(await slice())
  const stillOut = ['app-3.0 10.0.0.2 last resort', 'app-3.1 10.0.0.2']
  assert.deepEqual(endpoints(keeper.store.current, 3), stillOut)
  await settled()
  assert.deepEqual(endpoints(keeper.store.current, 3), stillOut)
})

test('table keeper: and while the first table is compiled', async () => {
  const { keeper, sink, applied, slice, settled } = keeperUnderTest()
  sink.publish(publishAll('10.0.0.1', NOW - 1))
  assert.ok(await slice(), 'the first table takes more than one slice')
  sink.taskEnding('app-3.0')
  await Promise.resolve()
  assert.equal(keeper.store.published, false)
  await settled()
  for (const table of applied) {
    assert.equal(endpoints(table, 3)[0], 'app-3.0 10.0.0.1 last resort')
  }
})

test('table keeper: what is published meanwhile is not lost', async () => {
  const { keeper, sink, slice, settled } = keeperUnderTest()
  sink.publish(publishAll('10.0.0.1', NOW - 2))
  await slice()
  sink.publish(publishAll('10.0.0.2', NOW - 1))
  sink.publish(publishAll('10.0.0.3', NOW))
  await settled()
  assert.deepEqual(endpoints(keeper.store.current, 0), ['app-0.0 10.0.0.3', 'app-0.1 10.0.0.3'])
})

test('table keeper: a source counts as read once the table says what it said', async () => {
  const { keeper, sink, slice, settled } = keeperUnderTest()
  const takenAt = () => keeper.sources[0]?.takenAt
  sink.publish(publishAll('10.0.0.1', NOW - 2))
  await slice()
  assert.equal(takenAt(), undefined)
  await settled()
  assert.equal(takenAt(), NOW - 2)
  sink.publish(publishAll('10.0.0.2', NOW - 1))
  assert.ok(await slice())
  sink.failed('away')
  assert.deepEqual([takenAt(), keeper.sources[0]?.failure], [NOW - 2, 'away'])
  await settled()
  assert.deepEqual([takenAt(), keeper.sources[0]?.failure], [NOW - 1, 'away'])
})
