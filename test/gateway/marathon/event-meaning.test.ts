import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Meaning, meaningsOf } from '../../../src/gateway/marathon/event-meaning.ts'

const TASK = 'web.instance-c7c311a4-b669-11e6-a48f-0ea4f4b1778c._app.1'
const INSTANCE = 'web.instance-c7c311a4-b669-11e6-a48f-0ea4f4b1778c'
const task = { kind: 'task', id: TASK }
const instance = { kind: 'instance', id: INSTANCE }

const status = (taskStatus: string) => ({ taskId: TASK, taskStatus, appId: '/web' })
const changed = (condition: string) => ({ instanceId: INSTANCE, condition, runSpecId: '/web' })

const ends = ['KILLING', 'FINISHED', 'FAILED', 'KILLED', 'ERROR', 'GONE', 'DROPPED']
const endConditions = ['Killing', 'Finished', 'Failed', 'Killed', 'Error', 'Gone', 'Dropped']

interface Row {
  readonly type: string
  readonly fields: object
  readonly expect: Partial<Meaning>
}

const web: Partial<Meaning> = { apps: ['/web'] }

const rows: readonly Row[] = [
  ...ends.map((state) => ({
    type: 'status_update_event',
    fields: status(`TASK_${state}`),
    expect: { ...web, ending: [task] } as Partial<Meaning>
  })),
  ...endConditions.map((condition) => ({
    type: 'instance_changed_event',
    fields: changed(condition),
    expect: { ...web, ending: [instance] } as Partial<Meaning>
  })),
  ...['TASK_UNREACHABLE', 'TASK_LOST'].map((state) => ({
    type: 'status_update_event',
    fields: status(state),
    expect: { ...web, unreachable: [task] } as Partial<Meaning>
  })),
  ...['Unreachable', 'UnreachableInactive'].map((condition) => ({
    type: 'instance_changed_event',
    fields: changed(condition),
    expect: { ...web, unreachable: [instance] } as Partial<Meaning>
  })),
  { type: 'status_update_event', fields: status('TASK_RUNNING'), expect: web },
  { type: 'status_update_event', fields: status('TASK_STAGING'), expect: web },
  { type: 'instance_changed_event', fields: changed('Running'), expect: web },
  {
    type: 'unknown_instance_terminated_event',
    fields: changed('Finished'),
    expect: { ...web, ending: [instance] } as Partial<Meaning>
  },
  {
    type: 'unhealthy_instance_kill_event',
    fields: { appId: '/web', taskId: TASK, instanceId: INSTANCE, reason: '500' },
    expect: { ...web, ending: [task, instance] } as Partial<Meaning>
  },
  {
    type: 'unhealthy_task_kill_event',
    fields: { appId: '/web', taskId: TASK },
    expect: { ...web, ending: [task] } as Partial<Meaning>
  },
  {
    type: 'app_terminated_event',
    fields: { appId: '/web' },
    expect: { ...web, ending: [{ kind: 'app', id: '/web' }] }
  },
  { type: 'api_post_event', fields: { appDefinition: { id: '/web' } }, expect: web },
  { type: 'health_status_changed_event', fields: { appId: '/web', alive: false }, expect: web },
  { type: 'instance_health_changed_event', fields: { runSpecId: '/web' }, expect: web },
  { type: 'group_change_success', fields: { groupId: '/' }, expect: { echo: true } },
  { type: 'event_stream_attached', fields: { remoteAddress: '10.0.0.9' }, expect: { echo: true } },
  {
    type: 'deployment_info',
    fields: {
      plan: { steps: [{ actions: [{ action: 'ScaleApplication', app: '/web' }] }] },
      currentStep: { actions: [{ action: 'ScaleApplication', app: '/api' }] }
    },
    expect: { apps: ['/web', '/api'] }
  },
  {
    type: 'deployment_success',
    fields: { id: 'x', plan: { steps: [{ action: 'ScaleApplication', app: '/web' }] } },
    expect: web
  },
  { type: 'toString', fields: { appId: '/web' }, expect: web }
]

for (const { type, fields, expect } of rows) {
  test(`${type} ${JSON.stringify(fields)}`, () => {
    const data = JSON.stringify({ ...fields, eventType: type, timestamp: 'x' })
    assert.deepEqual(meaningsOf({ name: type, data, truncated: false }), [
      { type, apps: [], echo: false, ending: [], unreachable: [], ...expect }
    ])
  })
}

test('several objects in one event are several meanings', () => {
  const one = JSON.stringify({ ...status('TASK_KILLED'), eventType: 'status_update_event' })
  const two = JSON.stringify({ appId: '/api', eventType: 'app_terminated_event' })
  const meanings = meaningsOf({
    name: 'status_update_event',
    data: `${one}\n${two}`,
    truncated: false
  })
  assert.deepEqual(
    meanings.map((meaning) => [meaning.type, meaning.ending.length]),
    [
      ['status_update_event', 1],
      ['app_terminated_event', 1]
    ]
  )
})

test('what is cut off or no JSON still invalidates everything', () => {
  for (const event of [
    { name: 'deployment_info', data: '{"plan":', truncated: true },
    { name: 'deployment_info', data: '{"plan":', truncated: false }
  ]) {
    const [meaning] = meaningsOf(event)
    assert.deepEqual([meaning?.type, meaning?.apps], ['deployment_info', []])
  }
})

test('events never throw, whatever they carry', () => {
  const types = rows.map((row) => row.type)
  const fields = fc.dictionary(
    fc.constantFrom('taskId', 'plan', 'steps', 'appDefinition', 'instanceId', 'condition', 'appId'),
    fc.jsonValue()
  )
  fc.assert(
    fc.property(fc.constantFrom(...types), fields, fc.string(), (type, given, garbage) => {
      meaningsOf({
        name: type,
        data: JSON.stringify({ ...given, eventType: type }),
        truncated: false
      })
      meaningsOf({ name: type, data: garbage, truncated: false })
    }),
    { numRuns: 500 }
  )
})
