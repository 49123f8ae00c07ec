import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Echo, startEchoTask } from '../../../src/testing/echo-task.ts'
import { memoryApp } from '../../../src/testing/memory-source.ts'
import { eventually } from '../../support/eventually.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'
import { echoTasks, runningTasks, startHaproxyPlane } from '../../support/haproxy-plane.ts'
import { call } from '../../support/local-marathon.ts'
import { rawClient } from '../../support/raw-client.ts'

const ASK =
  'GET /path?x=1 HTTP/1.1\r\nHost: shop.local\r\nX-Forwarded-For: 192.0.2.9\r\nAccept: */*\r\n\r\n'

test('the haproxy plane: a connection that was idle during a reload meets the tasks of now', {
  skip: withoutHaproxy
}, async (t) => {
  const { source, get, port, admin } = await startHaproxyPlane(t, {
    idle: '30s',
    reloadEvery: '1s'
  })
  const [first] = await echoTasks(t, 'first', 1)
  const second = await startEchoTask('second.1')
  t.after(() => second.close())
  assert.ok(first !== undefined)
  const shop = (...tasks: Parameters<typeof runningTasks>[0]) =>
    memoryApp('/shop', {}, runningTasks(tasks))
  source.publish([shop(first)])
  await eventually('the app answers', async () => {
    return (await get('shop.local').catch(() => undefined))?.status === 200
  })
  const worker = async () => (await call(admin, '/haproxy')).json.worker
  const before = await worker()

  const idle = rawClient(t, port)
  idle.send(ASK)
  const direct = await idle.answer()
  // Settings that no section has take a reload.
  const other = memoryApp('/other', { 'gateway.timeout.idle': '77s' }, [])
  source.publish([shop(first), other])
  await eventually('a new worker', async () => {
    const { json } = await call(admin, '/haproxy')
    return json.worker !== before && json.settled === true
  })
  source.publish([shop(second), other])
  await eventually('the second task alone answers', async () => {
    return JSON.parse((await get('shop.local')).text).task === 'second.1'
  })

  idle.send(ASK)
  const handedOver = await idle.answer()
  assert.equal(handedOver.status, 200)
  const [was, is] = [direct, handedOver].map(({ body }) => JSON.parse(body) as Echo)
  assert.equal(was?.task, 'first.1')
  assert.equal(is?.task, 'second.1')
  assert.deepEqual(
    { ...is?.headers, ...is, task: '', headers: '' },
    {
      ...was?.headers,
      ...was,
      task: '',
      headers: ''
    }
  )
  assert.equal(is?.headers['x-forwarded-for'], '127.0.0.1')
  // The former worker has nothing left to do then.
  assert.equal(handedOver.field('connection'), 'close')
  assert.equal(await idle.closed, 'end')
})
