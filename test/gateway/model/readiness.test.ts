import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { App, Task } from '../../../src/gateway/model/app.ts'
import type { ReadinessFacts } from '../../../src/gateway/model/readiness.ts'
import { healthChanges, readinessOf } from '../../../src/gateway/model/readiness.ts'
import { app, health, NOW, task } from '../../support/apps.ts'

const checked = { healthChecks: 1, healthGraceMs: 60_000 }
const twoChecks = { ...checked, healthChecks: 2 }
const young = { startedAt: NOW - 10_000 }
const deploying = { deploying: true, readinessCheck: { intervalMs: 30_000, timeoutMs: 10_000 } }

interface Row {
  readonly name: string
  readonly app?: Partial<Omit<App, 'labels'>>
  readonly task?: Partial<Task>
  readonly facts?: Partial<ReadinessFacts>
  /** `yes`, `last-resort`, or a part of the reason. */
  readonly expect: string
}

const healthyBefore = { health: new Map([['marathon myapp.1', true]]) }
const failedBefore = { health: new Map([['marathon myapp.1', false]]) }

const rows: readonly Row[] = [
  { name: 'running, no health checks', expect: 'yes' },
  { name: 'running, all checks alive', app: checked, task: { health: [health()] }, expect: 'yes' },
  {
    name: 'running, one of two checks failing',
    app: twoChecks,
    task: { health: [health(), health({ alive: false, consecutiveFailures: 1 })] },
    expect: 'fails its health check'
  },
  {
    name: 'running, a failure once and no success since',
    app: checked,
    task: { health: [health({ alive: false })] },
    expect: 'fails its health check'
  },
  { name: 'young, no result yet', app: checked, task: young, expect: 'no health result yet' },
  {
    name: 'young, in its grace period: alive false without a failure means unknown',
    app: checked,
    task: { ...young, health: [health({ alive: false, reported: false })] },
    expect: 'no health result yet'
  },
  {
    name: 'one of two checks has reported, the task is young',
    app: twoChecks,
    task: { ...young, health: [health()] },
    expect: 'no health result yet'
  },
  {
    name: 'results vanished, healthy before: kept (leader change)',
    app: checked,
    task: young,
    facts: healthyBefore,
    expect: 'yes'
  },
  {
    name: 'results vanished, failing before: still out',
    app: checked,
    facts: failedBefore,
    expect: 'failed its health check when it last reported'
  },
  {
    name: 'healthy before, fails now',
    app: checked,
    task: { health: [health({ alive: false, consecutiveFailures: 3 })] },
    facts: healthyBefore,
    expect: 'fails its health check'
  },
  {
    name: 'results overdue at a cold start: taken as lost, not as missing',
    app: checked,
    task: { startedAt: NOW - 61_000 },
    expect: 'yes'
  },
  {
    name: 'results missing, start unknown',
    app: checked,
    task: { state: 'TASK_RUNNING', startedAt: undefined as never },
    expect: 'no health result yet'
  },
  {
    name: 'deploying, readiness says ready',
    app: { ...deploying, readiness: new Map([['myapp.1', true]]) },
    task: young,
    expect: 'yes'
  },
  {
    name: 'deploying, readiness says not ready',
    app: { ...deploying, readiness: new Map([['myapp.1', false]]) },
    expect: 'is not ready yet'
  },
  {
    name: 'deploying, newest version, young, no readiness result',
    app: deploying,
    task: young,
    expect: 'no readiness result yet'
  },
  {
    name: 'deploying, newest version, old enough, no readiness result',
    app: deploying,
    task: { startedAt: NOW - 45_001 },
    expect: 'yes'
  },
  {
    name: 'deploying, older version: ready',
    app: { ...deploying, version: 'v2' },
    task: young,
    expect: 'yes'
  },
  {
    name: 'not deploying: readiness is not asked',
    app: { ...deploying, deploying: false },
    task: young,
    expect: 'yes'
  },
  { name: 'being killed', task: { state: 'TASK_KILLING' }, expect: 'is being killed' },
  { name: 'unreachable', task: { state: 'TASK_UNREACHABLE' }, expect: 'last-resort' },
  {
    name: 'unreachable, policy out',
    task: { state: 'TASK_UNREACHABLE' },
    facts: { policy: 'out' },
    expect: 'lost contact'
  },
  {
    name: 'unreachable, policy in',
    task: { state: 'TASK_UNREACHABLE' },
    facts: { policy: 'in' },
    expect: 'yes'
  },
  {
    name: 'running in the snapshot, seen unreachable by an event',
    facts: { unreachable: new Set(['myapp.1']) },
    expect: 'last-resort'
  },
  {
    name: 'running in the last snapshot, seen ending by an event since',
    facts: { leaving: new Set(['myapp.1']) },
    expect: 'last-resort'
  },
  {
    name: 'running in a late snapshot, seen ending by an event',
    facts: { ending: new Set(['myapp.1']), unreachable: new Set(['myapp.1']) },
    expect: 'seen ending'
  },
  ...(
    [
      'STAGING',
      'STARTING',
      'FINISHED',
      'FAILED',
      'KILLED',
      'ERROR',
      'GONE',
      'DROPPED',
      'LOST',
      'UNKNOWN'
    ] as const
  ).map((state) => ({
    name: `TASK_${state}`,
    task: { state: `TASK_${state}` as const },
    expect: ' '
  })),
  { name: 'no state, started', task: { state: undefined as never }, expect: 'yes' },
  {
    name: 'no state, not started',
    task: { state: undefined as never, startedAt: undefined as never },
    expect: 'has not started'
  },
  {
    name: 'no state, started, failing',
    app: checked,
    task: { state: undefined as never, health: [health({ alive: false, consecutiveFailures: 1 })] },
    expect: 'fails its health check'
  }
]

for (const row of rows) {
  test(`readinessOf: ${row.name}: ${row.expect}`, () => {
    const verdict = readinessOf(app(row.app), task(row.task), {
      source: 'marathon',
      ending: new Set(),
      unreachable: new Set(),
      leaving: new Set(),
      health: new Map(),
      now: NOW,
      policy: 'last-resort',
      ...row.facts
    })
    const text = 'out' in verdict ? verdict.out : verdict.use
    const isVerdict = row.expect === 'yes' || row.expect === 'last-resort'
    assert.equal('use' in verdict, isVerdict, text)
    assert.ok(isVerdict ? text === row.expect : text.includes(row.expect), text)
  })
}

describe('healthChanges', () => {
  const withResults = (...results: Task['health'][]) =>
    app({
      ...checked,
      tasks: results.map((one, at) => task({ id: `myapp.${at}`, health: one }))
    })
  const changesOf = (before: App | undefined, after: App | undefined, memory = new Map()) => [
    ...healthChanges('marathon', { id: '/myapp', before, after }, memory)
  ]
  const well = [health()]
  const failing = [health({ alive: false, consecutiveFailures: 1 })]

  test('keeps what was known when results are missing', () => {
    assert.deepEqual(changesOf(withResults(well, failing, []), withResults([], [], [])), [
      ['marathon myapp.0', true],
      ['marathon myapp.1', false]
    ])
  })

  test('and while they are missing', () => {
    const memory = new Map([['marathon myapp.0', true]])
    assert.deepEqual(changesOf(withResults([]), withResults([]), memory), [
      ['marathon myapp.0', true]
    ])
  })

  test('forgets what is reported again, and tasks and apps that are gone', () => {
    const memory = new Map([['marathon myapp.0', true]])
    const forgotten = [['marathon myapp.0', undefined]]
    assert.deepEqual(changesOf(withResults([]), withResults(failing), memory), forgotten)
    assert.deepEqual(changesOf(withResults([]), withResults(), memory), forgotten)
    assert.deepEqual(changesOf(withResults([]), undefined, memory), forgotten)
  })

  test('knows nothing of a task that never reported, and of an app that had no checks', () => {
    assert.deepEqual(changesOf(undefined, withResults([])), [])
    assert.deepEqual(changesOf(app({ tasks: [task({ id: 'myapp.0' })] }), withResults([])), [])
  })
})
