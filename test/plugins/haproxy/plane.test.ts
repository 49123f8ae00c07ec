import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryApp } from '../../../src/testing/memory-source.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { echoTasks, runningTasks, startHaproxyPlane } from '../../support/haproxy-plane.ts'

test('the haproxy plane: a real HAProxy follows the table', { skip: withoutHaproxy }, async (t) => {
  const { source, get } = await startHaproxyPlane(t)
  const tasks = await echoTasks(t, 'myapp', 3)
  const publish = (count: number) =>
    source.publish([
      memoryApp('/myapp', {}, runningTasks(tasks.slice(0, count))),
      memoryApp(
        '/api',
        { 'gateway.path': '/v1', 'gateway.path.strip': 'true' },
        runningTasks(tasks)
      )
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
  const { source, get, gateway } = await startHaproxyPlane(t)
  const tasks = await echoTasks(t, 'safe', 1)
  source.publish([
    memoryApp('/open', {}, runningTasks(tasks)),
    memoryApp('/safe', { 'gateway.networks': '10.0.0.0/8' }, runningTasks(tasks)),
    memoryApp('/closed', { 'gateway.https': 'redirect' }, runningTasks(tasks))
  ])
  await eventually('the open app answers', async () => {
    return (await get('open.local').catch(() => undefined))?.status === 200
  })
  assert.equal((await get('safe.local')).status, 403)
  assert.equal((await get('closed.local')).status, 503)
  const [plane] = gateway.host.parts.planes
  const supports = (host: string) => {
    const routes = [...gateway.host.table.routes.values()]
    const route = routes.find(({ match }) => match.host === host)
    return route && plane?.supports(route)
  }
  assert.equal(supports('safe.local'), true)
  assert.match(String(supports('closed.local')), /redirect to https needs/)
})
