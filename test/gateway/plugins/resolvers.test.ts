import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import test from 'node:test'
import type { Route } from '../../../src/gateway/model/route.ts'
import type { Resolver } from '../../../src/gateway/plugin.ts'
import type { Echo } from '../../../src/testing/echo-task.ts'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

const apps = [{ id: '/one' }, { id: '/two' }]

const route = (over: Partial<Route>): Route => ({
  id: 'mine',
  match: { host: 'mine.test', path: '/' },
  services: [{ service: 'app:/two', weight: 1 }],
  priority: 0,
  strip: false,
  upgrade: 'websocket',
  hooks: '',
  settings: {},
  origins: {},
  ...over
})

const withResolver = (...resolvers: Resolver[]) => ({
  plugins: [
    pluginOf('mine', (host) => {
      for (const resolver of resolvers) host.resolver(resolver)
    })
  ],
  apps
})

test('a resolver adds routes as data, from what the sources know', async (t) => {
  const gateway = await startGateway(
    t,
    withResolver({
      name: 'mine',
      routes: (snapshots) =>
        snapshots.flatMap(({ apps }) =>
          apps.map(({ id }) =>
            route({
              id: `mine:${id}`,
              match: { path: '/', headers: { 'x-app': id } },
              services: [{ service: `app:${id}`, weight: 1 }]
            })
          )
        )
    })
  )
  for (const id of ['/one', '/two']) {
    const answer = await gateway.request('http://anything.test/', { headers: { 'x-app': id } })
    assert.equal(answer.json<Echo>().task, `${id.slice(1)}.1`)
  }
  const other = await gateway.request('http://anything.test/', { headers: { 'x-app': '/three' } })
  assert.equal(other.status, 404)
})

test('find comes before the table; undefined and unknown ids pass on to it', async (t) => {
  const ids: Record<string, string> = { '/found': 'mine', '/unknown': 'no such route' }
  const gateway = await startGateway(
    t,
    withResolver({
      name: 'mine',
      routes: () => [route({})],
      find: ({ target }) => ids[target]
    })
  )
  const tasks = async (path: string) =>
    (await gateway.request(`http://one.local${path}`)).json<Echo>().task
  assert.equal(await tasks('/found'), 'two.1')
  assert.equal(await tasks('/unknown'), 'one.1')
  assert.equal(await tasks('/'), 'one.1')
})

test('a find that throws fails its request alone: 500 GW_INTERNAL', async (t) => {
  const gateway = await startGateway(
    t,
    withResolver({
      name: 'mine',
      find({ target }) {
        if (target === '/bad') throw new Error('no luck')
        return undefined
      }
    })
  )
  const answer = await gateway.request('http://one.local/bad')
  assert.equal(answer.status, 500)
  assert.match(answer.text, /GW_INTERNAL/)
  assert.equal((await gateway.request('http://one.local/')).status, 200)
  assert.equal(gateway.logs.at(-1)?.level, 50)
})

test('a find that throws on a websocket handshake is an answer, never a crash', async (t) => {
  const gateway = await startGateway(
    t,
    withResolver({
      name: 'mine',
      find() {
        throw new Error('no luck')
      }
    })
  )
  const handshake = request(gateway.url, {
    headers: {
      host: 'one.local',
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ=='
    }
  })
  handshake.end()
  const [answer] = await once(handshake, 'response')
  answer.resume()
  assert.equal(answer.statusCode, 500)
})

const junk: readonly { name: string; routes: () => readonly Route[] }[] = [
  {
    name: 'that throws',
    routes: () => {
      throw new Error('no luck')
    }
  },
  { name: 'that gives no list', routes: () => 7 as unknown as Route[] },
  { name: 'whose route has no match', routes: () => [{ id: 'x' } as unknown as Route] },
  {
    name: 'whose route has half the fields',
    routes: () => [{ id: 'x', match: { path: '/' }, services: [] } as unknown as Route]
  },
  {
    name: 'whose route is no plain data',
    routes: () => [route({ settings: { big: 1n } })]
  },
  { name: 'with two routes of one id', routes: () => [route({}), route({})] },
  {
    name: 'that names an unknown app',
    routes: () => [route({ services: [{ service: 'app:/gone', weight: 1 }] })]
  },
  { name: 'whose host is none', routes: () => [route({ match: { host: 'a b', path: '/' } })] }
]

for (const { name, routes } of junk) {
  test(`a resolver ${name} is a problem, and the table goes on without it`, async (t) => {
    const gateway = await startGateway(t, withResolver({ name: 'mine', routes }))
    assert.equal((await gateway.request('http://one.local/')).status, 200)
    assert.equal(gateway.host.problems.length, 1, JSON.stringify(gateway.host.problems))
    assert.equal(gateway.host.problems[0]?.source, 'mine')
    await gateway.setApps([{ id: '/three' }])
    assert.equal((await gateway.request('http://three.local/')).status, 200)
  })
}
