import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/gateway/model/app.ts'
import { type AppChange, AppList } from '../../../src/gateway/model/app-changes.ts'
import {
  doubtfulLosses,
  type LossFacts,
  vanishedTasks,
  withVanished
} from '../../../src/gateway/model/mass-loss.ts'
import { app, port, task } from '../../support/apps.ts'

const tasksOf = (id: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => task({ id: `${id}.${from + at}` }))

/** An app with so many tasks, and as many instances unless said otherwise. */
const has = (id: string, count: number, given: Partial<Omit<App, 'labels'>> = {}): App =>
  app({ id, instances: count, tasks: tasksOf(id, 0, count), ...given })

const many = (count: number, tasks: number): App[] =>
  Array.from({ length: count }, (_, at) => has(`/app-${at}`, tasks))

function changes(before: readonly App[], after: readonly App[]): readonly AppChange[] {
  const list = new AppList()
  list.update(before)
  return list.update(after).changes
}

interface Case {
  readonly before: readonly App[]
  readonly after: readonly App[]
  readonly named?: readonly string[]
  readonly doubted?: readonly string[]
  readonly held: readonly string[]
}

const ten = many(10, 10)
const [first, second] = ten as [App, App]

const cases: Readonly<Record<string, Case>> = {
  'nothing changed': { before: ten, after: ten, held: [] },
  'all apps are missing': { before: many(3, 2), after: [], held: ['/app-0', '/app-1', '/app-2'] },
  'one of many is missing': { before: ten, after: ten.slice(1), held: [] },
  'the only one is missing': { before: [has('/a', 4)], after: [], held: [] },
  'two of many are missing': { before: ten, after: ten.slice(2), held: ['/app-0', '/app-1'] },
  'two are missing, one of them named by an event': {
    before: ten,
    after: ten.slice(2),
    named: ['/app-0'],
    held: ['/app-1']
  },
  'two are missing, both named by events': {
    before: ten,
    after: ten.slice(2),
    named: ['/app-0', '/app-1'],
    held: []
  },
  'two without tasks are missing': {
    before: [...ten, has('/x', 0), has('/y', 0)],
    after: ten,
    held: ['/x', '/y']
  },
  'one is missing that was doubted before': {
    before: ten,
    after: ten.slice(1),
    doubted: ['/app-0'],
    held: ['/app-0']
  },
  'half of an app’s tasks are gone': {
    before: ten,
    after: [has('/app-0', 5, { instances: 10 }), ...ten.slice(1)],
    held: []
  },
  'more than half of an app’s tasks are gone': {
    before: ten,
    after: [has('/app-0', 4, { instances: 10 }), ...ten.slice(1)],
    held: ['/app-0']
  },
  'and an event has named it': {
    before: ten,
    after: [has('/app-0', 4, { instances: 10 }), ...ten.slice(1)],
    named: ['/app-0'],
    held: []
  },
  'and it is in a deployment': {
    before: ten,
    after: [has('/app-0', 4, { instances: 10, deploying: true }), ...ten.slice(1)],
    held: []
  },
  'and it was in a deployment': {
    before: [{ ...first, deploying: true }, ...ten.slice(1)],
    after: [has('/app-0', 4, { instances: 10 }), ...ten.slice(1)],
    held: []
  },
  'scaled down to one': { before: ten, after: [has('/app-0', 1), ...ten.slice(1)], held: [] },
  'scaled down to none': { before: ten, after: [has('/app-0', 0), ...ten.slice(1)], held: [] },
  'all scaled down to none': { before: ten, after: many(10, 0), held: [] },
  'scaled down a little, and most are gone': {
    before: ten,
    after: [has('/app-0', 1, { instances: 8 }), ...ten.slice(1)],
    held: ['/app-0']
  },
  'scaled down from more than it wanted': {
    before: [has('/app-0', 8, { instances: 4 }), ...ten.slice(1)],
    after: [has('/app-0', 4), ...ten.slice(1)],
    held: []
  },
  'all tasks are others': {
    before: ten,
    after: [{ ...first, tasks: tasksOf('/new', 0, 10) }, ...ten.slice(1)],
    held: []
  },
  'three tenths of all are gone, a little everywhere': {
    before: ten,
    after: ten.map(({ id }) => has(id, 7, { instances: 10 })),
    held: []
  },
  'more than three tenths of all are gone, a little everywhere': {
    before: ten,
    after: ten.map(({ id }) => has(id, 6, { instances: 10 })),
    held: ten.map(({ id }) => id)
  },
  'most of all are gone, and one app has a reason': {
    before: ten,
    after: ten.map(({ id }) => has(id, 6, { instances: 10 })),
    named: ['/app-3'],
    held: ten.map(({ id }) => id).filter((id) => id !== '/app-3')
  },
  'less than half is gone of one that was doubted before': {
    before: ten,
    after: [first, has('/app-1', 8, { instances: 10 }), ...ten.slice(2)],
    doubted: ['/app-1'],
    held: ['/app-1']
  },
  'one that was doubted before is there again': {
    before: ten,
    after: ten,
    doubted: ['/app-1'],
    held: []
  }
}

for (const [name, { before, after, named = [], doubted = [], held }] of Object.entries(cases)) {
  test(`mass loss: ${name}: ${held.length === 0 ? 'goes through' : 'is held'}`, () => {
    const facts: LossFacts = {
      named: (id) => named.includes(id),
      doubted: (id) => doubted.includes(id)
    }
    const total = before.reduce((sum, { tasks }) => sum + tasks.length, 0)
    const doubtful = doubtfulLosses(changes(before, after), total, facts)
    assert.deepEqual(
      doubtful.map(({ id }) => id),
      held
    )
  })
}

test('mass loss: an app is made of what it is now and of tasks that nobody vouches for', () => {
  const now = { ...second, tasks: second.tasks.slice(0, 3) }
  const vanished = vanishedTasks(second, now)
  assert.equal(vanished.length, 7)
  const merged = withVanished(second, now, vanished)
  assert.deepEqual(
    merged.tasks.map(({ unproven = false }) => unproven),
    second.tasks.map((_, at) => at > 2)
  )
  const again = withVanished(merged, now, vanishedTasks(merged, now))
  assert.deepEqual(again.tasks, merged.tasks)
})

test('mass loss: a held task of an older version keeps the ports it had', () => {
  const before = app({ version: 'v1', ports: [port({ name: 'http' })] })
  const now = { ...before, version: 'v2', ports: [port({ name: 'admin' }), port()], tasks: [] }
  const [held] = withVanished(before, now, before.tasks).tasks
  assert.deepEqual(held?.definition, { networkMode: 'host', ports: before.ports })
})

test('mass loss: an app that is missing is as it was', () => {
  const { tasks, ...rest } = withVanished(first, undefined, first.tasks)
  const { tasks: before, ...was } = first
  assert.deepEqual(rest, was)
  assert.deepEqual(
    tasks.map(({ id }) => id),
    before.map(({ id }) => id)
  )
})
