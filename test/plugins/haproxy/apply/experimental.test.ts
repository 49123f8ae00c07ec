import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startExperimentalFront } from '../../../support/experimental-front.ts'
import { ask, haproxyUnderTest, startTask, withoutHaproxy } from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'

test('haproxy: servers come and go where that is experimental (2.4), without a reload', {
  skip: withoutHaproxy
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const [a, b] = await Promise.all([startTask(t, 'a'), startTask(t, 'b')])
  const real = join(haproxy.folder, 'real.sock')
  const front = await startExperimentalFront(t, haproxy.socket, real)
  const part = (...names: readonly string[]) => {
    const tasks = [a, b].filter(({ name }) => names.includes(name))
    const { structure, ...rest } = haproxy.state({
      backends: [
        backend(
          'app',
          tasks.map((task) => task.server)
        )
      ]
    })
    return { structure: structure.map((line) => line.replace(haproxy.socket, real)), ...rest }
  }
  await haproxy.settle(part('a'))
  await haproxy.settle(part('b'))
  assert.equal((await ask(haproxy.port, 'app.test')).body, 'b')
  await haproxy.settle(part('a', 'b'))
  const { counts } = haproxy.keeper.status
  assert.equal(counts.reloads, 0)
  assert.equal(counts.refusals, 0)
  assert.equal(front.refused(), 0)
})
