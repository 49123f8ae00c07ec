import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

const STATE = JSON.stringify({
  version: 1,
  claims: [{ key: 'shared.test', source: 'marathon', app: '/b' }]
})

async function routesWith(t: TestContext, files: Readonly<Record<string, string>>) {
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  const labels = { 'gateway.hosts': 'shared.test' }
  const portDefinitions = [{ port: 0, protocol: 'tcp' }]
  marathon.apps = ['/a', '/b'].map((id) => ({ id, labels, portDefinitions, tasks: [] }))
  const cwd = await tempFolder(t, files)
  const args = ['routes', '--marathon', marathon.url]
  const env = { GATEWAY_STATE_FILE: join(cwd, 'state.json') }
  return { cwd, ...(await runToEnd(t, args, { cwd, env })) }
}

test('a host is its holder’s by the state file, which stays as it is', async (t) => {
  const { out, code, cwd } = await routesWith(t, { 'state.json': STATE })
  assert.equal(code, 0)
  assert.match(out, /^shared\.test +\/ +\/b /m)
  assert.equal(readFileSync(join(cwd, 'state.json'), 'utf8'), STATE)
})

test('without a state file the smaller id has it', async (t) => {
  const { out, err } = await routesWith(t, {})
  assert.match(out, /^shared\.test +\/ +\/a /m)
  assert.equal(err, '')
})

test('a state file that makes no sense is said in one line and left where it is', async (t) => {
  const { out, err, code, cwd } = await routesWith(t, { 'state.json': 'no' })
  assert.equal(code, 0)
  assert.match(out, /^shared\.test +\/ +\/a /m)
  assert.match(err, /^[^\n]*state\.json: it is no state file of this gateway; [^\n]*\n$/)
  assert.equal(readFileSync(join(cwd, 'state.json'), 'utf8'), 'no')
})
