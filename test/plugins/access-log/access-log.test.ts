import assert from 'node:assert/strict'
import test from 'node:test'
import { accessLogPlugin } from '../../../src/plugins/access-log/index.ts'
import { eventually } from '../../support/eventually.ts'
import { startGateway } from '../../support/plugin-under-test.ts'

const withLog = (options: object) => ({
  plugins: [{ plugin: accessLogPlugin, options }],
  apps: [{ id: '/shop/api' }]
})

test('the access log writes nothing unless it is enabled', async (t) => {
  const gateway = await startGateway(t, withLog({}))
  await gateway.request('http://api.shop.local/')
  await eventually('the outcome', () => gateway.outcomes.length === 1)
  assert.deepEqual(
    gateway.logs.filter(({ msg }) => msg === 'access'),
    []
  )
})

test('the access log says who asked for what, and which task answered', async (t) => {
  const gateway = await startGateway(t, withLog({ enabled: true }))
  const lines = () => gateway.logs.filter(({ msg }) => msg === 'access')
  await gateway.request(`http://api.shop.local/a?b=${'x'.repeat(2000)}`, {
    method: 'POST',
    body: 'hello'
  })
  await eventually('the line', () => lines().length === 1)
  const first: Record<string, unknown> = { ...lines()[0] }
  const { at, endpoint, ms, bytesOut, target, time, pid, hostname, ...line } = first
  assert.equal(new Date(String(at)).toISOString(), at)
  assert.match(String(endpoint), /^127\.0\.0\.1:\d+$/)
  assert.ok(Number(ms) >= 0 && Number(bytesOut) > 100)
  assert.equal(String(target).length, 1024)
  assert.ok(time !== undefined && pid !== undefined && hostname !== undefined)
  assert.deepEqual(line, {
    level: 30,
    plugin: 'access-log',
    msg: 'access',
    client: '127.0.0.1',
    method: 'POST',
    host: 'api.shop.local',
    status: 200,
    app: '/shop/api',
    task: 'shop/api.1',
    bytesIn: 5
  })
})

test('the access log names the code of an answer of the gateway, and no app where none is', async (t) => {
  const gateway = await startGateway(t, withLog({ enabled: true }))
  await gateway.request('http://nobody.local/')
  await eventually('the outcome', () => gateway.outcomes.length === 1)
  const line = gateway.logs.find(({ msg }) => msg === 'access')
  assert.equal(line?.['code'], 'GW_NO_ROUTE')
  assert.equal(line?.['status'], 404)
  assert.ok(line !== undefined && !('app' in line) && !('task' in line))
})

test('the access log shows the attempts when there were several', async (t) => {
  const gateway = await startGateway(t, withLog({ enabled: true }))
  let hits = 0
  await gateway.setApps([
    {
      id: '/shop/api',
      tasks: 2,
      answer: (req, res) => {
        hits += 1
        if (hits === 1) req.socket.destroy()
        else res.end('well')
      }
    }
  ])
  await gateway.request('http://api.shop.local/')
  await eventually('the outcome', () => gateway.outcomes.length === 1)
  const line = gateway.logs.find(({ msg }) => msg === 'access')
  const [first, second, ...others] = (line?.['attempts'] ?? []) as string[]
  assert.deepEqual(others, [])
  assert.match(
    first ?? '',
    /^127\.0\.0\.1:\d+ \S+ \(\S+, sent \d+ B, read 0 B, \d+ ms\): repeated$/
  )
  assert.match(second ?? '', / ok \(done, /)
})
