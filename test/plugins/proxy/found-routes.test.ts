import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { definePlugin } from '../../../src/gateway/plugin.ts'
import { type OpenFrontDoor, openFullLane } from '../../support/front-door.ts'
import { openStage } from '../../support/stage.ts'

/** Sends every request to the first route there is, whatever its host and path. */
const everywhere = definePlugin({
  name: 'everywhere',
  options: Type.Object({}),
  register(app) {
    const host = app.gateway
    host.resolver({ name: 'everywhere', find: () => [...host.table.routes.keys()][0] })
  }
})

const open: OpenFrontDoor = (settings) =>
  openFullLane({ ...settings, plugins: [{ plugin: everywhere, options: {} }] })

test('what a plugin’s resolver finds comes before the table', async (t: TestContext) => {
  const { client } = await openStage(t, open)
  const { send, answer } = client()
  send('GET /x HTTP/1.1\r\nHost: nobody.test\r\n\r\n')
  assert.equal((await answer()).status, 200)
})

test('malformed hosts and paths reach no task by a plugin’s resolver either', async (t) => {
  const { task, client } = await openStage(t, open)
  const wrong = [
    '/ HTTP/1.1\r\nHost: a b',
    '/ HTTP/1.1\r\nHost: a,b',
    '/%00 HTTP/1.1\r\nHost: a',
    '/%5c HTTP/1.1\r\nHost: a'
  ]
  for (const rest of wrong) {
    const { send, answer } = client()
    send(`GET ${rest}\r\n\r\n`)
    assert.equal((await answer()).status, 400, rest)
  }
  assert.equal(task.requests.length, 0)
})
