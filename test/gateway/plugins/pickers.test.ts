import assert from 'node:assert/strict'
import test from 'node:test'
import type { PickerMaker } from '../../../src/gateway/balance/picker.ts'
import type { Echo } from '../../../src/testing/echo-task.ts'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

const myapp = { id: '/myapp', labels: { 'gateway.picker': 'mine' }, tasks: 3 }

const withPicker = (make: PickerMaker) => ({
  plugins: [pluginOf('mine', (host) => host.picker('mine', make))],
  apps: [myapp]
})

async function tasksOf(gateway: Awaited<ReturnType<typeof startGateway>>, times: number) {
  const tasks: string[] = []
  for (let i = 0; i < times; i += 1) {
    const answer = await gateway.request('http://myapp.local/')
    assert.equal(answer.status, 200, answer.text)
    tasks.push(answer.json<Echo>().task)
  }
  return tasks
}

test('a picker of a plugin chooses, and gets its predecessor after a change of the table', async (t) => {
  const predecessors: unknown[] = []
  const pickers: unknown[] = []
  const gateway = await startGateway(
    t,
    withPicker((_service, endpoints, previous) => {
      const pick = () => endpoints[1]
      predecessors.push(previous)
      pickers.push(pick)
      return pick
    })
  )
  assert.deepEqual(await tasksOf(gateway, 2), ['myapp.2', 'myapp.2'])
  const first = pickers[0]
  await gateway.setApps([{ ...myapp, tasks: 2 }])
  assert.deepEqual(await tasksOf(gateway, 1), ['myapp.2'])
  assert.ok(predecessors.includes(first), 'the plugin’s own picker comes back as previous')
})

const faulty: readonly { name: string; make: PickerMaker }[] = [
  {
    name: 'is not made',
    make: () => {
      throw new Error('no luck')
    }
  },
  {
    name: 'throws',
    make: () => () => {
      throw new Error('no luck')
    }
  },
  {
    name: 'invents an endpoint',
    make:
      (_service, [one]) =>
      () =>
        one && { ...one, port: 1, id: 'x' }
  }
]

for (const { name, make } of faulty) {
  test(`when a picker of a plugin ${name}, round robin chooses, and the log says so once`, async (t) => {
    const gateway = await startGateway(t, withPicker(make))
    const tasks = await tasksOf(gateway, 6)
    assert.equal(new Set(tasks).size, 3)
    const faults = gateway.logs.filter(({ level }) => level === 50)
    assert.ok(faults.length >= 1 && faults.length <= 2, `${faults.length} lines`)
    assert.equal(faults[0]?.['part'], 'mine')
  })
}

test('when a picker of a plugin chooses a tried endpoint again, another one is tried', async (t) => {
  const gateway = await startGateway(
    t,
    withPicker((_service, endpoints) => () => endpoints[0])
  )
  let hits = 0
  await gateway.setApps([
    {
      ...myapp,
      answer: (req, res) => {
        hits += 1
        if (hits === 1) req.socket.destroy()
        else res.end('well')
      }
    }
  ])
  const answer = await gateway.request('http://myapp.local/')
  assert.equal(answer.text, 'well')
  assert.equal(hits, 2)
})

test('a label that names a picker of no plugin is a problem, and the app answers', async (t) => {
  const gateway = await startGateway(t, {
    apps: [{ ...myapp, labels: { 'gateway.picker': 'yours' } }]
  })
  assert.equal((await gateway.request('http://myapp.local/')).status, 200)
  assert.equal(gateway.host.problems[0]?.label, 'gateway.picker')
})
