import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, failureCode, taskIn } from '../../../bench/front-door/answer-facts.ts'
import { runOpenLoop } from '../../../bench/front-door/open-loop.ts'
import { changesBetween, tableLines } from '../../../bench/front-door/table-watch.ts'
import { createTally } from '../../../bench/front-door/tally.ts'

test('tally: answers by status and task, failures apart, every time in a bucket', () => {
  const tally = createTally()
  tally.add({ ms: 0.4, status: 200, task: 'a' })
  tally.add({ ms: 3, status: 200, task: 'b' })
  tally.add({ ms: 4, status: 503, code: 'GW_NO_ENDPOINT' })
  tally.add({ ms: 60_000, status: 0, code: 'ECONNRESET' })
  const { answers, failures, byStatus, byTask, byCode, buckets, percentilesMs } = tally.read()
  assert.deepEqual([answers, failures], [3, 1])
  assert.deepEqual(Object.fromEntries(byStatus), { 200: 2, 503: 1 })
  assert.deepEqual(Object.fromEntries(byTask), { a: 1, b: 1 })
  assert.deepEqual(Object.fromEntries(byCode), { GW_NO_ENDPOINT: 1, ECONNRESET: 1 })
  assert.equal(buckets.find(({ upToMs }) => upToMs === 0.5)?.count, 1)
  assert.equal(buckets.find(({ upToMs }) => upToMs === 5)?.count, 2)
  assert.equal(buckets.at(-1)?.count, 1)
  assert.ok(Math.abs((percentilesMs['p50'] ?? 0) - 3) < 0.01)
  assert.ok(Math.abs((percentilesMs['max'] ?? 0) - 60_000) < 100)
})

test('tally: answers that name ever other tasks fill no memory', () => {
  const tally = createTally()
  for (let i = 0; i < 5000; i++) tally.add({ ms: 1, status: 200, task: `task ${i}` })
  const { byTask } = tally.read()
  assert.equal(byTask.size, 1001)
  assert.equal(byTask.get('(others)'), 4000)
})

test('answers: the task as the sample app says it, and the code of an error', () => {
  assert.equal(taskIn('Hello from 10.0.0.5 (task myapp.1)\n'), 'myapp.1')
  assert.equal(taskIn('Hello'), undefined)
  assert.equal(codeOf(200, 'GW_NO_ROUTE'), undefined)
  assert.equal(codeOf(404, '404 GW_NO_ROUTE: No route\n'), 'GW_NO_ROUTE')
  assert.equal(codeOf(500, 'oops'), 'status 500')
  assert.equal(failureCode(Object.assign(new Error('x'), { code: 'ECONNREFUSED' })), 'ECONNREFUSED')
  assert.equal(failureCode(new TypeError('x')), 'TypeError')
})

test('open loop: what is due is sent in full when the process was busy, each with its own moment', async () => {
  let time = -250
  // The clock jumps a quarter of a second with each look.
  const now = () => {
    time += 250
    return time
  }
  const due: number[] = []
  await runOpenLoop({ rate: 100, seconds: 1, signal: new AbortController().signal, now }, (at) =>
    due.push(at)
  )
  assert.equal(due.length, 100)
  assert.deepEqual(due.slice(0, 3), [0, 10, 20])
  assert.equal(due.at(-1), 990)
})

test('open loop: ends early when it is told to', async () => {
  const abort = new AbortController()
  let sent = 0
  const loop = { rate: 1000, seconds: 3600, signal: abort.signal, now: () => performance.now() }
  await runOpenLoop(loop, () => {
    sent++
    abort.abort()
  })
  assert.ok(sent >= 1)
})

test('table: routes and tasks as lines; what came and went between two readings', () => {
  const route = (host: string, tasks: readonly string[]) => ({
    match: { host, path: '/' },
    services: [{ id: 'marathon:/a:0', endpoints: tasks.map((taskId) => ({ taskId })) }]
  })
  const before = tableLines({ routes: [route('a.local', ['a.1', 'a.2'])] })
  const after = tableLines({ routes: [route('a.local', ['a.2', 'a.3']), route('b.local', [])] })
  assert.deepEqual(changesBetween(before, after), [
    '- task a.1 of marathon:/a:0',
    '+ task a.3 of marathon:/a:0',
    '+ route b.local/'
  ])
  for (const strange of [undefined, null, 7, [], { routes: [null, 3, { services: 'x' }] }]) {
    assert.doesNotThrow(() => tableLines(strange))
  }
})
