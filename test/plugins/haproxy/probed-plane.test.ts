import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryApp, memoryTask } from '../../../src/testing/memory-source.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { startHaproxyPlane } from '../../support/haproxy-plane.ts'
import { startProbedTask } from '../../support/probed-task.ts'

test('the haproxy plane: an app that asks by label is probed, and others are not', {
  skip: withoutHaproxy
}, async (t) => {
  const { source, get, gateway } = await startHaproxyPlane(t)
  const [a, b, c, d] = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) => startProbedTask(t, name))
  )
  assert.ok(a !== undefined && b !== undefined && c !== undefined && d !== undefined)
  const labels = { 'gateway.probe': '/health', 'gateway.probe.interval': '1s' }
  const tasks = (...some: (typeof a)[]) =>
    some.map(({ name, port }) => memoryTask(name, '127.0.0.1', port))
  const apps = [memoryApp('/probed', labels, tasks(a, b)), memoryApp('/plain', {}, tasks(c))]
  source.publish(apps)
  const answering = async (host: string) => {
    const seen = new Set<string>()
    for (let turn = 0; turn < 8; turn += 1) {
      const { status, text } = await get(host).catch(() => ({ status: 0, text: '' }))
      seen.add(status === 200 ? text : (/GW_\w+/.exec(text)?.[0] ?? String(status)))
    }
    return [...seen].sort().join(' ')
  }
  const become = (expected: string, host = 'probed.local') =>
    eventually(`answers: ${expected}`, async () => (await answering(host)) === expected)

  await become('a b')
  b.health(503)
  await become('a')
  a.health(503)
  await become('GW_NO_ENDPOINT')
  b.health(302)
  await become('b')
  a.health(200)
  await become('a b')
  assert.equal(b.lastProbe(), `127.0.0.1:${b.port} marathon-gateway`)
  assert.equal(await answering('plain.local'), 'c')
  assert.equal(c.probes(), 0)
  // It takes a spare, or HAProxy makes its backend.
  source.publish([...apps, memoryApp('/late', labels, tasks(d))])
  await become('d', 'late.local')
  d.health(503)
  await become('GW_NO_ENDPOINT', 'late.local')
  assert.deepEqual(gateway.host.problems, [])
})
