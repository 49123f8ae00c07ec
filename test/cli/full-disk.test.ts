import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { get } from 'node:http'
import { test } from 'node:test'
import { freePorts } from '../../bench/free-ports.ts'
import { startBuiltGateway } from '../support/built-gateway.ts'
import { startScriptedTask } from '../support/scripted-task.ts'

const FULL = '/dev/full'
const LIMIT = { timeout: 300_000 }

function statusOf(port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = get({ port, headers: { host: 'a.test' } }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode))
    })
    asked.once('error', reject)
  })
}

test('with a log on a full disk it serves, and ends when it is told to', {
  ...LIMIT,
  skip: existsSync(FULL) ? false : `${FULL} is not here`
}, async (t) => {
  const task = await startScriptedTask()
  t.after(() => task.close())
  const disk = await open(FULL, 'w')
  t.after(() => disk.close())
  const [port = 0, admin = 0] = await freePorts(2)
  const gateway = await startBuiltGateway({
    config: { proxy: { port }, admin: { port: admin }, log: { level: 'debug' } },
    routes: {
      services: { tasks: { endpoints: [`127.0.0.1:${task.port}`] } },
      routes: [{ host: 'a.test', service: 'tasks' }]
    },
    logFile: disk.fd
  })
  t.after(() => gateway.stop())
  for (let left = 3; left > 0; left -= 1) assert.equal(await statusOf(port), 200)
  await gateway.stop()
  assert.deepEqual(await gateway.ended, { code: 0, signal: null })
})
