import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { eventually } from '../../support/eventually.ts'
import { openWireLane } from '../../support/front-door.ts'
import { startProbedTask } from '../../support/probed-task.ts'
import { rawClient } from '../../support/raw-client.ts'
import { request } from '../../support/stage.ts'

const labels = { 'gateway.probe': '/health', 'gateway.probe.interval': '1s' }

test('the proxy plane: an app that asks by label is probed, and others are not', {
  timeout: 240_000
}, async (t) => {
  const [a, b, c] = [
    await startProbedTask(t, 'a'),
    await startProbedTask(t, 'b'),
    await startProbedTask(t, 'c')
  ]
  const door = await openWireLane()
  t.after(() => door.stop())
  await door.publish([
    { id: '/probed', labels, ports: [a.port, b.port] },
    { id: '/plain', ports: [c.port] }
  ])
  const { send, answer } = rawClient(t, door.port)
  const ask = async (host: string) => {
    send(request('GET /').replace('myapp', host))
    const { status, body } = await answer()
    return status === 200 ? body : (/GW_\w+/.exec(body)?.[0] ?? `${status}`)
  }
  const become = async (expected: string) => {
    const limit = performance.now() + 20_000
    for (;;) {
      const seen = new Set<string>()
      for (let turn = 0; turn < 8; turn += 1) seen.add(await ask('probed'))
      const all = [...seen].sort().join(' ')
      if (all === expected) return
      assert.ok(performance.now() < limit, `${all} instead of ${expected}`)
    }
  }
  await become('a b')
  await eventually('a first probe', () => b.probes() > 0)
  assert.equal(b.lastProbe(), `127.0.0.1:${b.port} marathon-gateway`)
  b.health(503)
  await become('a')
  assert.match(door.explain('probed.local'), /no requests until \S+: \S+ fails its probes/)
  a.health(503)
  await become('GW_NO_ENDPOINT')
  b.health(302)
  await become('b')
  a.health(200)
  await become('a b')
  assert.equal(await ask('plain'), 'c')
  assert.equal(c.probes(), 0)
})

test('the proxy plane: a task that takes no connection fails a tcp probe', {
  timeout: 240_000
}, async (t) => {
  const a = await startProbedTask(t, 'a')
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = address !== null && typeof address !== 'string' ? address.port : 0
  const door = await openWireLane()
  t.after(() => door.stop())
  const tcp = { ...labels, 'gateway.probe': 'tcp' }
  await door.publish([{ id: '/probed', labels: tcp, ports: [a.port, port] }])
  await new Promise((resolve) => server.close(resolve))
  await eventually('a verdict', () => /fails its probes/.test(door.explain('probed.local')))
  const { send, answer } = rawClient(t, door.port)
  for (let i = 0; i < 4; i++) {
    send(request('GET /').replace('myapp', 'probed'))
    assert.equal((await answer()).body, 'a')
  }
})
