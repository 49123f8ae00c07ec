import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fastify from 'fastify'
import { Agent, request } from 'undici'
import { parseCoreConfig } from '../../../src/gateway/config/load-config.ts'
import { createGateway } from '../../../src/gateway/create-gateway.ts'
import { haproxyPluginFor } from '../../../src/plugins/haproxy/index.ts'
import { type EchoTask, startEchoTask } from '../../../src/testing/echo-task.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../../src/testing/memory-source.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { eventually } from '../../support/local-marathon.ts'
import { freePort } from '../../support/rendered-haproxy.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const timeout = {
  connect: '2s',
  firstByte: '60s',
  idle: '1s',
  tunnel: '1h',
  head: '10s',
  keepAlive: '65s'
}

/** A gateway whose plane is a real HAProxy on a free port. */
async function haproxyPlane(t: TestContext) {
  const port = await freePort()
  const source = createMemorySource('test')
  const plugin = haproxyPluginFor({
    host: '127.0.0.1',
    port,
    appIdHeader: false,
    listeners: [],
    trustedProxies: [],
    timeout,
    attempts: 3,
    maxConnectionsPerEndpoint: 1024,
    maxHeadBytes: 32_768,
    maxFields: 200,
    maxTargetBytes: 8192
  })
  const folder = join(await tempFolder(t), 'haproxy')
  const gateway = await createGateway(parseCoreConfig({ shutdown: { delay: '0' } }), {
    plugins: [{ plugin, options: { folder } }],
    sources: [source],
    log: fastify({ logger: { level: 'silent' } }).log
  })
  t.after(() => gateway.stop())
  const agent = new Agent()
  t.after(() => agent.close())
  const get = async (host: string, path = '/') => {
    const url = `http://127.0.0.1:${port}${path}`
    const answer = await request(url, { dispatcher: agent, headers: { host } })
    return { status: answer.statusCode, text: await answer.body.text() }
  }
  return { source, get, gateway }
}

async function echoTasks(t: TestContext, app: string, count: number): Promise<EchoTask[]> {
  const ids = Array.from({ length: count }, (_, index) => `${app}.${index + 1}`)
  const tasks = await Promise.all(ids.map((id) => startEchoTask(id)))
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  return tasks
}

const running = (tasks: readonly EchoTask[]) =>
  tasks.map(({ id, port }) => memoryTask(id, '127.0.0.1', port))

test('the haproxy plane: a real HAProxy follows the table', { skip: withoutHaproxy }, async (t) => {
  const { source, get } = await haproxyPlane(t)
  const tasks = await echoTasks(t, 'myapp', 3)
  const publish = (count: number) =>
    source.publish([
      memoryApp('/myapp', {}, running(tasks.slice(0, count))),
      memoryApp('/api', { 'gateway.path': '/v1', 'gateway.path.strip': 'true' }, running(tasks))
    ])
  const answering = async () => {
    const seen = new Set<string>()
    for (let i = 0; i < 12; i++) {
      const { status, text } = await get('MyApp.local.')
      if (status === 200) seen.add(JSON.parse(text).task)
    }
    return [...seen].sort()
  }

  publish(2)
  await eventually('both tasks answer', async () => {
    return (await get('myapp.local').catch(() => undefined))?.status === 200
  })
  assert.deepEqual(await answering(), ['myapp.1', 'myapp.2'])
  assert.equal(JSON.parse((await get('any.test', '/v1/items?x=1')).text).url, '/items?x=1')
  const unknown = await get('unknown.test')
  assert.deepEqual([unknown.status, /GW_\w+/.exec(unknown.text)?.[0]], [404, 'GW_NO_ROUTE'])

  publish(3)
  await eventually('the third answers', async () => (await answering()).length === 3)
  publish(1)
  await eventually('one is left', async () => (await answering()).join() === 'myapp.1')
  publish(0)
  await eventually('none is left', async () => {
    const { status, text } = await get('myapp.local')
    return status === 503 && text.includes('GW_NO_ENDPOINT')
  })
})

test('the haproxy plane: a protected route is never served without its guard', {
  skip: withoutHaproxy
}, async (t) => {
  const { source, get, gateway } = await haproxyPlane(t)
  const tasks = await echoTasks(t, 'safe', 1)
  const labels = { 'gateway.networks': '10.0.0.0/8' }
  source.publish([
    memoryApp('/open', {}, running(tasks)),
    memoryApp('/safe', labels, running(tasks))
  ])
  await eventually('the open app answers', async () => {
    return (await get('open.local').catch(() => undefined))?.status === 200
  })
  assert.equal((await get('safe.local')).status, 503)
  const [plane] = gateway.host.parts.planes
  const route = [...gateway.host.table.routes.values()].find(({ match }) => {
    return match.host === 'safe.local'
  })
  assert.ok(route !== undefined)
  assert.match(String(plane?.supports(route)), /guards \(networks\)/)
})
