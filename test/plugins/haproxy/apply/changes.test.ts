import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ask,
  haproxyUnderTest,
  startLoad,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'

const skip = withoutHaproxy

test('haproxy: sixty task changes under load lose no request and cause no reload', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const tasks = await Promise.all(['a', 'b', 'c', 'd'].map((name) => startTask(t, name)))
  const part = (names: readonly string[], weight = 100) =>
    haproxy.state({
      backends: [
        backend(
          'app',
          tasks
            .filter(({ name }) => names.includes(name))
            .map(({ server }) => ({ ...server, weight }))
        )
      ]
    })
  await haproxy.settle(part(['a', 'b']))
  const load = startLoad(haproxy.port, ['app.test'])
  const pairs = [['a', 'b'], ['b', 'c'], ['c', 'd'], ['a', 'd'], ['a'], ['a', 'b', 'c', 'd']]
  for (let turn = 0; turn < 60; turn += 1) {
    await haproxy.settle(part(pairs[turn % pairs.length] ?? [], 50 + turn))
    const before = load.ok()
    while (load.ok() < before + 20 && load.failures.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 0)
  assert.equal(haproxy.keeper.status.counts.refusals, 0)
  assert.equal((await ask(haproxy.port, 'app.test')).status, 200)
  t.diagnostic(JSON.stringify({ ok: load.ok(), ...haproxy.keeper.status }))
})
