import assert from 'node:assert/strict'
import test from 'node:test'
import { instanceKeyOf } from '../../../src/gateway/marathon/instance-id.ts'
import { createKnownApps } from '../../../src/gateway/marathon/known-apps.ts'
import { parseApps } from '../../../src/gateway/marathon/schema.ts'

const UUID = 'c7c311a4-b669-11e6-a48f-0ea4f4b1778c'
const OTHER = 'd8c311a4-b669-11e6-a48f-0ea4f4b1778c'

const pairs: readonly { name: string; instance: string; task: string; same: boolean }[] = [
  {
    name: '1.8',
    instance: `g_web.instance-${UUID}`,
    task: `g_web.instance-${UUID}._app.3`,
    same: true
  },
  { name: '1.4 to 1.7', instance: `g_web.marathon-${UUID}`, task: `g_web.${UUID}`, same: true },
  { name: 'a pod', instance: `pod.instance-${UUID}`, task: `pod.instance-${UUID}.web`, same: true },
  { name: 'up to 1.3', instance: `web.${UUID}`, task: `web.${UUID}`, same: true },
  {
    name: 'another',
    instance: `web.instance-${UUID}`,
    task: `web.instance-${OTHER}._app.1`,
    same: false
  },
  {
    name: 'another app',
    instance: `web.instance-${UUID}`,
    task: `api.instance-${UUID}._app.1`,
    same: false
  },
  { name: 'no UUID', instance: 'web.instance-7', task: 'web.instance-7._app.1', same: true }
]

for (const { name, instance, task, same } of pairs) {
  test(`instance and task: ${name}`, () => {
    assert.equal(instanceKeyOf(instance) === instanceKeyOf(task), same)
  })
}

test('an event about an instance finds the tasks of the last snapshot', () => {
  const known = createKnownApps('marathon')
  const task = `web.instance-${UUID}._app.1`
  known.replace(
    full([{ id: '/web', tasks: [{ id: task }, { id: `web.instance-${OTHER}._app.1` }] }])
  )
  const subject = { kind: 'instance', id: `web.instance-${UUID}` } as const
  assert.deepEqual(known.tasksOf(subject, ['/web']), [task])
  assert.deepEqual(known.tasksOf(subject, []), [task])
  assert.deepEqual(known.tasksOf({ kind: 'app', id: '/web' }, []).length, 2)
  assert.deepEqual(known.tasksOf({ kind: 'task', id: 'unknown' }, []), ['unknown'])
})

test('an app read alone after a full read began is not undone by it', () => {
  const known = createKnownApps('marathon')
  known.replace(full([{ id: '/a', instances: 1 }, { id: '/b' }], 100))
  const [app] = full([{ id: '/a', instances: 2 }]).apps
  known.merge({ id: '/a', ...(app === undefined ? {} : { app }), problems: [], takenAt: 220 })
  known.merge({ id: '/b', problems: [], takenAt: 230 })
  known.replace(full([{ id: '/a', instances: 1 }, { id: '/b' }], 200))
  const late = known.snapshot()
  assert.deepEqual(
    late.apps.map((one) => [one.id, one.instances]),
    [['/a', 2]]
  )
  assert.equal(late.takenAt, 230)
  known.replace(full([{ id: '/a', instances: 3 }], 300))
  const next = known.snapshot()
  assert.equal(next.apps[0]?.instances, 3)
})

test('an app read alone before a full read began does not undo that', () => {
  const known = createKnownApps('marathon')
  known.replace(full([{ id: '/a', instances: 1 }], 100))
  known.replace(full([{ id: '/a', instances: 3 }], 300))
  const [app] = full([{ id: '/a', instances: 2 }]).apps
  known.merge({ id: '/a', ...(app === undefined ? {} : { app }), problems: [], takenAt: 200 })
  assert.equal(known.snapshot().apps[0]?.instances, 3)
  assert.equal(known.snapshot().parts, undefined)
})

test('problems of an app read alone replace its older ones', () => {
  const known = createKnownApps('marathon')
  known.replace(full([{ id: '/a', portDefinitions: [{ port: -1 }] }, 7]))
  assert.equal(known.snapshot().problems.length, 2)
  const [app] = full([{ id: '/a' }]).apps
  known.merge({ id: '/a', ...(app === undefined ? {} : { app }), problems: [], takenAt: 2 })
  assert.deepEqual(
    known.snapshot().problems.map((problem) => problem.app),
    ['(entry 1 of the list)']
  )
})

test('what reads the same keeps its identity', () => {
  const known = createKnownApps('marathon')
  const answer = (ready: boolean) => {
    const read = full([
      {
        id: '/a',
        labels: { x: 'y' },
        readinessCheckResults: [{ taskId: 't', ready }],
        tasks: [{ id: 't', ports: [1] }]
      }
    ])
    return { ...read, apps: read.apps.map(known.share) }
  }
  const replaced = (withAddress: boolean) => {
    known.replace(answer(withAddress))
    return known.snapshot().apps[0]
  }
  const first = replaced(false)
  assert.equal(replaced(false), first)
  const second = replaced(true)
  assert.notEqual(second, first)
  assert.equal(second?.tasks[0], first?.tasks[0])
})

function full(apps: readonly unknown[], takenAt = 1) {
  const parsed = parseApps({ apps }, 'marathon')
  if ('invalid' in parsed) throw new Error(parsed.invalid)
  return { ...parsed, takenAt }
}
