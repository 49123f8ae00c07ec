import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { startFrontDoorProcess } from '../support/front-door-process.ts'
import { startScriptedTask } from '../support/scripted-task.ts'
import { request } from '../support/stage.ts'

/** More than 511, for which Node would ask the system. */
const CROWD = 1000

for (const lane of ['wire', 'full'] as const) {
  test(`${lane} lane: a crowd that connects while the gateway is busy waits, and is answered`, async (t) => {
    const task = await startScriptedTask()
    t.after(() => task.close())
    const door = await startFrontDoorProcess({ proxy: { lane } })
    t.after(() => door.kill())
    await door.publish([{ id: '/myapp', ports: [task.port] }])
    door.freeze()
    const crowd = Array.from({ length: CROWD }, (_, at) => join(t, door.port, at))
    // Those that find the queue full would not be connected before the gateway takes some out of it.
    await Promise.all(crowd.map((client) => once(client, 'connect')))
    door.thaw()
    const answers = await Promise.all(
      crowd.map(async (client) => {
        client.write(request('GET /'))
        const [answer] = await once(client, 'data')
        return String(answer).slice(0, 12)
      })
    )
    assert.deepEqual([...new Set(answers)], ['HTTP/1.1 200'])
  })
}

/** Each from an address of its own: one alone may not have as many. */
function join(t: TestContext, port: number, at: number): Socket {
  const localAddress = `127.20.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`
  const client = connect({ port, host: '127.0.0.1', localAddress })
  t.after(() => client.destroy())
  return client
}
