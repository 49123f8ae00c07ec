import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backendSettings } from '../../../../src/plugins/haproxy/render/backend-settings.ts'
import { defaultRenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { haproxyUnderTest, startLoad, startTask, withoutHaproxy } from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'
import { routeTo, serviceOf } from '../../../support/rendered-tables.ts'

test('haproxy: a replaced worker answers the connections it still has, with rendered backends', {
  skip: withoutHaproxy
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const tasks = await Promise.all(['a', 'b'].map((name) => startTask(t, name)))
  const policy = { timeouts: {}, taking: [serviceOf('/app', [])] }
  const settings = backendSettings(routeTo(['/app'], {}), policy, defaultRenderOptions)
  const servers = tasks.map((task) => task.server)
  const part = (turn: number) =>
    haproxy.state({
      backends: [backend('app', servers, { settings })],
      moreStructure: [`  timeout queue ${turn}s`]
    })
  await haproxy.settle(part(1))
  const load = startLoad(haproxy.port, ['app.test'], 16)
  // Also when something fails: clients that go on would keep the test from ending.
  t.after(() => load.stop())
  for (let turn = 2; turn < 12; turn += 1) await haproxy.settle(part(turn))
  await load.stop()
  assert.deepEqual(load.failures, [])
  assert.equal(haproxy.keeper.status.counts.reloads, 10)
})
