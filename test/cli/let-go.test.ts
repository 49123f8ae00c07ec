import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProgram } from '../../src/cli/program.ts'
import type { Source } from '../../src/gateway/source.ts'
import { definePlugin, Type } from '../../src/index.ts'
import { startAdmin } from '../support/admin-under-test.ts'

/** A source that holds something until it is told to let go. */
function holdingSource(): Source {
  let holds = true
  return {
    name: 'stubborn',
    start: () => undefined,
    refresh: () => undefined,
    letGo() {
      const held = holds
      holds = false
      return held
    }
  }
}

test('marathon-gateway let-go: says what was let go, and when nothing is held', async (t) => {
  const plugin = definePlugin({
    name: 'stubborn',
    options: Type.Object({}),
    register: (app) => app.gateway.source(holdingSource())
  })
  const { admin } = await startAdmin(t, { token: 'sesame' }, { plugins: [{ plugin, options: {} }] })
  const said: string[] = []
  const say = (line: string) => void said.push(line)
  const letGo = (env: Readonly<Record<string, string>>) =>
    runProgram(['let-go', '--admin', admin], { env, colours: false, out: say, err: say })
  assert.equal(await letGo({}), 1)
  assert.equal(await letGo({ GATEWAY_ADMIN_TOKEN: 'sesame' }), 0)
  assert.equal(await letGo({ GATEWAY_ADMIN_TOKEN: 'sesame' }), 0)
  assert.match(said[0] ?? '', /asks for a token/)
  assert.deepEqual(said.slice(1), ['let go: stubborn', 'nothing is held'])
})
