import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterState } from '../../../src/gateway/state/cluster-state.ts'
import { memoryApp, memoryTask } from '../../../src/testing/memory-source.ts'

function snapshot(source: string, takenAt: number, ...taskIds: string[]) {
  return snapshotOf(source, takenAt, taskIds, 1)
}

function snapshotOf(source: string, takenAt: number, taskIds: string[], startedAt: number) {
  const tasks = taskIds.map((id) => ({ ...memoryTask(id, '10.0.0.1', 31000), startedAt }))
  const apps = [memoryApp('/app', {}, tasks)]
  return { source, takenAt, apps, routes: [], services: [], overrides: [], problems: [] }
}

test('a task seen ending stays out while snapshots still name it', () => {
  const state = new ClusterState(new Map())
  state.publish(snapshot('m', 100, 't1', 't2'))
  state.markEnding('m', 't1', 150)
  assert.deepEqual([[...state.leaving], [...state.ending]], [['t1'], []])
  state.publish(snapshot('m', 200, 't1', 't2'))
  assert.deepEqual([[...state.leaving], [...state.ending]], [[], ['t1']])
  state.publish(snapshot('m', 300, 't2'))
  assert.deepEqual([...state.ending], [])
})

test('a snapshot asked for before the event does not answer it', () => {
  const state = new ClusterState(new Map())
  state.markEnding('m', 't1', 150)
  state.publish(snapshot('m', 100))
  state.publish(snapshot('m', 100, 't1'))
  assert.deepEqual([...state.leaving], ['t1'])
})

test('an app read alone answers what was said of its own tasks', () => {
  const state = new ClusterState(new Map())
  for (const id of ['t1', 'gone']) state.markEnding('m', id, 150)
  state.markUnreachable('m', 't1', 150)
  const alone = (appId: string) => ({
    ...snapshot('m', 200, 't1'),
    parts: { wholeAt: 100, aloneAt: new Map([[appId, 200]]) }
  })
  state.publish(alone('/other'))
  assert.deepEqual([...state.leaving], ['t1', 'gone'])
  assert.deepEqual([...state.unreachable], ['t1'])
  state.publish(alone('/app'))
  assert.deepEqual([[...state.leaving], [...state.ending]], [['gone'], ['t1']])
  assert.deepEqual([...state.unreachable], [])
})

test('a snapshot of another source does not answer an event', () => {
  const state = new ClusterState(new Map())
  state.markEnding('m', 't1', 150)
  state.publish(snapshot('other', 200))
  assert.deepEqual([...state.leaving], ['t1'])
})

test('a second event about a task does not make it usable again', () => {
  const state = new ClusterState(new Map())
  state.markEnding('m', 't1', 150)
  state.publish(snapshot('m', 200, 't1'))
  state.markEnding('m', 't1', 250)
  assert.deepEqual([[...state.leaving], [...state.ending]], [[], ['t1']])
})

test('an unreachable task is judged anew by the next snapshot', () => {
  const state = new ClusterState(new Map())
  state.markUnreachable('m', 't1', 150)
  assert.deepEqual([...state.unreachable], ['t1'])
  state.publish(snapshot('m', 200, 't1'))
  assert.deepEqual([...state.unreachable], [])
})

test('a snapshot replaces all that its source said, and nothing of the others', () => {
  const state = new ClusterState(new Map())
  state.publish(snapshot('a', 1, 't1'))
  state.publish(snapshot('b', 1, 't2'))
  state.publish(snapshot('a', 2))
  assert.deepEqual(
    state.snapshots.map(({ source, takenAt }) => [source, takenAt]),
    [
      ['a', 2],
      ['b', 1]
    ]
  )
  state.withdraw('a')
  assert.deepEqual(
    state.snapshots.map(({ source }) => source),
    ['b']
  )
})

test('a task that runs anew under its old id is no longer marked', () => {
  const state = new ClusterState(new Map())
  state.publish(snapshotOf('m', 100, ['t1'], 1))
  state.markEnding('m', 't1', 150)
  state.publish(snapshotOf('m', 200, ['t1'], 1))
  assert.deepEqual([...state.ending], ['t1'])
  state.publish(snapshotOf('m', 300, ['t1'], 250))
  assert.deepEqual([...state.ending], [])
})
