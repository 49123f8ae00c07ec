import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createLossGuard } from '../../../src/gateway/marathon/loss-guard.ts'
import type { App } from '../../../src/gateway/model/app.ts'
import type { Snapshot } from '../../../src/gateway/model/snapshot.ts'
import type { HeldLoss } from '../../../src/gateway/source.ts'
import { app, NOW, snapshot, task } from '../../support/apps.ts'
import { startEchoTasks } from '../../support/echo-tasks.ts'
import { eventually } from '../../support/eventually.ts'
import { fakeClock } from '../../support/fake-clock.ts'

const CONFIRM_MS = 1000
/** Nobody listens there. */
const DEAD_PORT = 1

const at = (id: string, ...ports: number[]): App =>
  app({
    id,
    instances: ports.length,
    tasks: ports.map((one, n) => task({ id: `${id}.${n}`, host: '127.0.0.1', ports: [one] }))
  })

/** A guard whose reads are at the times the test says. */
function guardUnderTest(before?: Snapshot) {
  const clock = fakeClock()
  const told: (HeldLoss | undefined)[] = []
  const rechecks: string[][] = []
  let last = snapshot()
  const guard = createLossGuard({
    before,
    clock,
    now: () => NOW + clock.now(),
    quietMs: 200,
    confirmMs: CONFIRM_MS,
    tell: (loss) => void told.push(loss),
    recheck: () => void rechecks.push(texts(guard.check(last, undefined)))
  })
  const texts = ({ apps }: Snapshot) =>
    apps.flatMap(({ tasks }) => tasks.map(({ id, unproven }) => (unproven ? `${id}?` : id)))
  const read = (...apps: App[]) => {
    last = snapshot({ apps })
    return texts(guard.check(last, clock.now()))
  }
  return { guard, clock, told, rechecks, read, held: () => told.at(-1) }
}

async function ports(t: TestContext, ...names: string[]): Promise<number[]> {
  return [...(await startEchoTasks(t, names)).values()]
}

test('loss guard: two apps that are missing serve on, and what else changed counts at once', () => {
  const { read, held, guard } = guardUnderTest()
  read(at('/a', 1), at('/b', 2), at('/c', 3))
  assert.deepEqual(read(at('/c', 4, 5)), ['/c.0', '/c.1', '/a.0?', '/b.0?'])
  assert.deepEqual(held()?.apps, [
    { id: '/a', tasks: 1, missing: true },
    { id: '/b', tasks: 1, missing: true }
  ])
  assert.equal(guard.confirmMs, CONFIRM_MS)
})

test('loss guard: what comes back is held no more', () => {
  const { read, held, guard } = guardUnderTest()
  read(at('/a', 1), at('/b', 2))
  read()
  assert.deepEqual(read(at('/a', 1), at('/b', 2)), ['/a.0', '/b.0'])
  assert.deepEqual([held(), guard.confirmMs], [undefined, undefined])
})

test('loss guard: one of two that were missing comes back: the other is held on', () => {
  const { read } = guardUnderTest()
  read(at('/a', 1), at('/b', 2))
  read()
  assert.deepEqual(read(at('/a', 1)), ['/a.0', '/b.0?'])
})

test('loss guard: an event about a held app lets it go', () => {
  const { read, guard } = guardUnderTest()
  read(at('/a', 1), at('/b', 2))
  read()
  guard.named(['/a'])
  assert.deepEqual(read(), ['/b.0?'])
})

test('loss guard: an event explains what a read shows a quiet time later, and no more', async () => {
  const { read, guard, clock } = guardUnderTest()
  read(at('/a', 1, 2, 3))
  guard.named(['/a'])
  await clock.advance(50)
  assert.equal(read(at('/a', 1, 2, 3)).length, 3)
  await clock.advance(100)
  const one = { ...at('/a', 1), instances: 3 }
  assert.deepEqual(read(one), ['/a.0'])
  assert.deepEqual(read({ ...one, tasks: [] }), ['/a.0?'])
})

test('loss guard: after two further reads, dead tasks go and those that answer stay', async (t) => {
  const [alive = 0] = await ports(t, 'alive')
  const { read, rechecks, clock, held, guard } = guardUnderTest()
  read(at('/a', alive, DEAD_PORT), at('/b', DEAD_PORT))
  const all = ['/a.0?', '/a.1?', '/b.0?']
  assert.deepEqual(read(), all)
  await clock.advance(CONFIRM_MS - 1)
  assert.deepEqual([read(), held()?.confirmations], [all, 0])
  await clock.advance(1)
  assert.deepEqual([read(), held()?.confirmations], [all, 1])
  assert.equal(rechecks.length, 0)
  await clock.advance(CONFIRM_MS)
  assert.deepEqual([read(), held()?.confirmations], [all, 2])
  assert.equal(guard.confirmMs, undefined)
  await eventually('the probes are over', () => rechecks.length > 0)
  assert.deepEqual(rechecks, [['/a.0?']])
  assert.deepEqual(held()?.apps, [{ id: '/a', tasks: 1, missing: true }])
  guard.stop()
})

test('loss guard: what stayed goes when it no longer answers', async (t) => {
  const closing: (() => void)[] = []
  const scope = { after: (undo: () => void) => void closing.push(undo) } as unknown as TestContext
  const [alive = 0] = await ports(scope, 'alive')
  const { read, rechecks, clock, held } = guardUnderTest()
  read(at('/a', alive), at('/b', DEAD_PORT))
  for (let reads = 0; reads < 3; reads++) {
    read()
    await clock.advance(CONFIRM_MS)
  }
  await eventually('the first probes', () => rechecks.length === 1)
  for (const close of closing) close()
  await clock.advance(10_000)
  await eventually('the next ones', () => rechecks.length === 2)
  assert.deepEqual([rechecks[1], held()], [[], undefined])
  t.diagnostic('nothing is held')
})

test('loss guard: who answers at the address of another task is that one', async (t) => {
  const [alive = 0] = await ports(t, 'alive')
  const { read, rechecks, clock } = guardUnderTest()
  const other = at('/other', alive)
  read(at('/a', alive), at('/b', DEAD_PORT))
  for (let reads = 0; reads < 3; reads++) {
    read(other)
    await clock.advance(CONFIRM_MS)
  }
  await eventually('the probes are over', () => rechecks.length > 0)
  assert.deepEqual(rechecks, [['/other.0']])
})

test('loss guard: the operator lets go', () => {
  const { read, guard, rechecks, held } = guardUnderTest()
  read(at('/a', 1), at('/b', 2))
  assert.equal(guard.letGo(), false)
  read()
  assert.equal(guard.letGo(), true)
  assert.deepEqual([rechecks, held()], [[[]], undefined])
  assert.deepEqual(read(), [])
})

test('loss guard: what an earlier run knew counts as known', () => {
  const before = snapshot({ apps: [at('/a', 1), at('/b', 2)] })
  const { read } = guardUnderTest(before)
  assert.deepEqual(read(), ['/a.0?', '/b.0?'])
})

test('loss guard: what is held and did not change is the same app', () => {
  const { guard } = guardUnderTest()
  const b = { ...at('/b', 2, 3, 4), instances: 3 }
  guard.check(snapshot({ apps: [at('/a', 1), at('/x', 9), b] }), 0)
  const now = { ...b, tasks: [] }
  const apps = () => guard.check(snapshot({ apps: [now] }), undefined).apps
  const once = apps()
  assert.equal(once.length, 3)
  assert.ok(apps().every((one, index) => one === once[index]))
})
