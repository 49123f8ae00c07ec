import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMaster } from '../../../../src/plugins/haproxy/apply/master-process.ts'
import { eventually } from '../../../support/eventually.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

test('startMaster: a program that ends at once is told by its pid, however early', async (t) => {
  const folder = await tempFolder(t)
  for (let turn = 0; turn < 20; turn += 1) {
    const ended: number[] = []
    const files = { binary: 'true', folder, configFile: 'haproxy.cfg' }
    const pid = await startMaster(files, (one) => ended.push(one))
    await eventually('its end is told', () => ended.length > 0)
    assert.deepEqual(ended, [pid])
  }
})

test('startMaster: a program that is not there is one sentence', async (t) => {
  const files = { binary: '/nowhere/haproxy', folder: await tempFolder(t), configFile: 'a.cfg' }
  await assert.rejects(
    startMaster(files, () => undefined),
    /^Error: \/nowhere\/haproxy can't be started: /
  )
})
