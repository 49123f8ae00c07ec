import assert from 'node:assert/strict'
import test from 'node:test'
import { createOldDefinitions } from '../../../src/gateway/marathon/old-definitions.ts'
import { type Definition, parseApp } from '../../../src/gateway/marathon/schema.ts'
import type { App } from '../../../src/gateway/model/app.ts'

const OLD = '2020-01-01T00:00:00.000Z'
const NEW = '2020-01-02T00:00:00.000Z'
const older: Definition = { networkMode: 'host', ports: [] }

const container = {
  networks: [{ mode: 'container' }],
  container: { portMappings: [{ containerPort: 80 }] }
}
const host = { portDefinitions: [{ port: 1 }, { port: 2 }] }

const rows: readonly { name: string; app: object; task: object; asks: boolean }[] = [
  {
    name: 'other counts, older version',
    app: host,
    task: { version: OLD, ports: [1] },
    asks: true
  },
  { name: 'the same counts', app: host, task: { version: OLD, ports: [1, 2] }, asks: false },
  {
    name: 'other counts, the same version',
    app: host,
    task: { version: NEW, ports: [1] },
    asks: false
  },
  { name: 'a task that ended', app: host, task: { ports: [] }, asks: false },
  { name: 'a container port leaves no trace', app: container, task: { version: OLD }, asks: true },
  {
    name: 'only the scale changed since',
    app: { ...container, versionInfo: { lastConfigChangeAt: OLD } },
    task: { version: OLD },
    asks: false
  }
]

for (const { name, app, task, asks } of rows) {
  test(`older ports: ${name}`, async () => {
    const asked: string[] = []
    const complete = createOldDefinitions(async (id, version) => {
      asked.push(`${id} ${version}`)
      return older
    })
    const done = await complete(appOf({ version: NEW, ...app, tasks: [{ id: 't', ...task }] }))
    assert.deepEqual(asked, asks ? [`/a ${OLD}`] : [])
    assert.equal(done.tasks[0]?.definition, asks ? older : undefined)
  })
}

test('a version is read once, also when Marathon has it no longer', async () => {
  let asked = 0
  const complete = createOldDefinitions(async (_, version) => {
    asked++
    return version === OLD ? older : undefined
  })
  const tasks = [
    { id: 't1', version: OLD, ports: [1] },
    { id: 't2', version: OLD, ports: [1] },
    { id: 't3', version: '2019-01-01T00:00:00.000Z', ports: [1] }
  ]
  const app = appOf({ ...host, version: NEW, tasks })
  await complete(app)
  const again = await complete(app)
  assert.equal(asked, 2)
  assert.deepEqual(
    again.tasks.map((task) => task.definition),
    [older, older, undefined]
  )
})

test('a read that fails leaves the task as it is and is tried again', async () => {
  let failing = true
  const complete = createOldDefinitions(async () => {
    if (failing) throw new Error('no')
    return older
  })
  const app = appOf({ ...host, version: NEW, tasks: [{ id: 't', version: OLD, ports: [1] }] })
  assert.equal((await complete(app)).tasks[0]?.definition, undefined)
  failing = false
  assert.equal((await complete(app)).tasks[0]?.definition, older)
})

function appOf(fields: object): App {
  const { app } = parseApp({ id: '/a', ...fields }, 'marathon')
  if (app === undefined) throw new Error('the app of this test is malformed')
  return app
}
