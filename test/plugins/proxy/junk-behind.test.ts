import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { openFullLane } from '../../support/front-door.ts'
import { rawClient } from '../../support/raw-client.ts'
import { startRawTask } from '../../support/raw-task.ts'

test('junk that trickles in behind a request adds nothing to it while its answer is owed', async (t) => {
  const task = await startRawTask()
  t.after(() => task.close())
  const door = await openFullLane()
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: [task.endpoint.port] }])
  const warnings: string[] = []
  const heard = (warning: Error) => void warnings.push(warning.name)
  process.on('warning', heard)
  t.after(() => process.off('warning', heard))

  const client = rawClient(t, door.port)
  client.send('GET / HTTP/1.1\r\nHost: myapp.local\r\n\r\n')
  const connection = await task.connection(0)
  await connection.until('\r\n\r\n')
  for (let sent = 0; sent < 40; sent += 1) {
    client.send('\x01')
    // A packet each.
    await wait(2)
  }
  connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  assert.equal((await client.answer()).body, 'ok')
  await client.closed
  assert.deepEqual(warnings, [])
})
