import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Balancer, createBalancer } from '../../../src/gateway/balance/balancer.ts'
import { defaultWatch } from '../../../src/gateway/balance/endpoint-book.ts'
import { pickers } from '../../../src/gateway/balance/pickers.ts'
import type { Endpoint, Route, Service, WeightedService } from '../../../src/gateway/model/route.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { endpoint, pickRequest, seededRandom, service } from '../../contract/picker.ts'

function route(services: readonly WeightedService[]): Route {
  return {
    id: 'r',
    match: { path: '/' },
    services,
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {}
  }
}

function balancerOf(services: readonly Service[], one: Route): Balancer {
  const balancer = createBalancer({
    pickers: new Map(Object.entries(pickers)),
    random: seededRandom(),
    now: () => 0,
    ...defaultWatch
  })
  balancer.apply(buildTable({ routes: [one], services }))
  return balancer
}

const named = (id: string, tasks: readonly string[], given: Partial<Service> = {}): Service =>
  service({ id, endpoints: tasks.map((task) => endpoint(task, { cookie: `c-${task}` })), ...given })

const nobody = pickRequest()

function picks(
  balancer: Balancer,
  one: Route,
  times: number,
  request = nobody
): (string | undefined)[] {
  return Array.from({ length: times }, () => balancer.pick(one, request, [])?.endpoint.taskId)
}

function count(tasks: readonly (string | undefined)[], task: string): number {
  return tasks.filter((one) => one === task).length
}

describe('weights', () => {
  const services = [named('A', ['a']), named('B', ['b1', 'b2', 'b3'])]
  const shared = (a: number, b: number) =>
    route([
      { service: 'A', weight: a },
      { service: 'B', weight: b }
    ])

  test('shares hold exactly, whatever the number of tasks, and come mixed', () => {
    const one = shared(3, 1)
    const tasks = picks(balancerOf(services, one), one, 400)
    assert.equal(count(tasks, 'a'), 300)
    assert.equal(count(tasks.slice(0, 4), 'a'), 3)
    assert.notDeepEqual(tasks.slice(0, 4), ['a', 'a', 'a', tasks[3]])
  })

  test('0 takes none, even when nothing else is left', () => {
    const one = shared(0, 1)
    const balancer = balancerOf(services, one)
    assert.equal(count(picks(balancer, one, 50), 'a'), 0)
    const only = route([{ service: 'A', weight: 0 }])
    assert.equal(balancer.pick(only, nobody, []), undefined)
  })

  test('a service without endpoints gives its share to the others', () => {
    const one = shared(1, 1)
    const tasks = picks(balancerOf([named('A', []), named('B', ['b'])], one), one, 10)
    assert.deepEqual(new Set(tasks), new Set(['b']))
  })

  test('what was tried is passed over, in all services', () => {
    const one = shared(1, 1)
    const balancer = balancerOf(services, one)
    const tried: Endpoint[] = []
    for (let at = 0; at < 4; at += 1) {
      const picked = balancer.pick(one, nobody, tried)
      assert.ok(picked !== undefined && !tried.includes(picked.endpoint))
      tried.push(picked.endpoint)
    }
    assert.equal(balancer.pick(one, nobody, tried), undefined)
  })

  test('the turn goes on after a swap with the same shares', () => {
    const one = shared(1, 1)
    const balancer = balancerOf(services, one)
    const [first] = picks(balancer, one, 1)
    balancer.apply(buildTable({ routes: [shared(1, 1)], services }))
    assert.notEqual(picks(balancer, shared(1, 1), 1)[0] === 'a', first === 'a')
  })

  test('a hashing service keeps a value with one service', () => {
    const hashing = services.map((one) => ({
      ...one,
      picker: 'hash',
      hashOn: { header: 'x-user' }
    }))
    const one = shared(1, 1)
    const balancer = balancerOf(hashing, one)
    const used = new Set<string | undefined>()
    for (let at = 0; at < 60; at += 1) {
      const user = pickRequest({ headers: { 'x-user': `${at}` } })
      const tasks = new Set(picks(balancer, one, 5, user))
      assert.equal(tasks.size, 1)
      used.add([...tasks][0])
    }
    assert.equal(used.size, 4)
  })
})

describe('last resort', () => {
  const spare = endpoint('spare', { lastResort: true, cookie: 'c-spare' })
  const one = route([{ service: 'A', weight: 1 }])

  test('is used only when no other endpoint is left', () => {
    const endpoints = [endpoint('a'), spare]
    const balancer = balancerOf([service({ id: 'A', endpoints })], one)
    assert.deepEqual(new Set(picks(balancer, one, 20)), new Set(['a']))
    const retry = balancer.pick(one, nobody, endpoints.slice(0, 1))
    assert.equal(retry?.endpoint.taskId, 'spare')
  })

  test('of one service waits for the normal endpoints of another', () => {
    const both = route([
      { service: 'A', weight: 100 },
      { service: 'B', weight: 1 }
    ])
    const balancer = balancerOf([service({ id: 'A', endpoints: [spare] }), named('B', ['b'])], both)
    assert.deepEqual(new Set(picks(balancer, both, 20)), new Set(['b']))
  })

  test('is not what a sticky cookie insists on', () => {
    const endpoints = [endpoint('a', { cookie: 'c-a' }), spare]
    const balancer = balancerOf([service({ id: 'A', endpoints, sticky: 'node' })], one)
    const request = pickRequest({ cookies: { node: 'c-spare' } })
    assert.equal(balancer.pick(one, request, [])?.endpoint.taskId, 'a')
  })
})

describe('sticky cookie', () => {
  const one = route([{ service: 'A', weight: 1 }])
  const sticky = named('A', ['a', 'b', 'c'], { sticky: 'node' })
  const balancer = balancerOf([sticky], one)
  const withCookie = (value: string) => pickRequest({ cookies: { node: value } })

  test('leads to its task', () =>
    assert.deepEqual(new Set(picks(balancer, one, 10, withCookie('c-b'))), new Set(['b'])))

  test('of a task that is gone leads anywhere, and is set anew', () => {
    const picked = balancer.pick(one, withCookie('c-gone'), [])
    assert.ok(picked)
    assert.match(balancer.setCookie(one, picked.endpoint, withCookie('c-gone')) ?? '', /^node=c-/)
  })

  test('of a task that was tried leads elsewhere', () => {
    const tried = sticky.endpoints.filter(({ taskId }) => taskId === 'b')
    assert.notEqual(balancer.pick(one, withCookie('c-b'), tried)?.endpoint.taskId, 'b')
  })

  test('is set when the request came without it, and not when it led here', () => {
    const [a] = sticky.endpoints
    assert.ok(a)
    const set = 'node=c-a; Path=/; HttpOnly; SameSite=Lax'
    assert.equal(balancer.setCookie(one, a, nobody), set)
    assert.equal(balancer.setCookie(one, a), set)
    assert.equal(balancer.setCookie(one, a, withCookie('c-a')), undefined)
  })

  test('is not set by a service that is not sticky', () => {
    const plain = named('A', ['a'])
    const [a] = plain.endpoints
    assert.ok(a)
    assert.equal(balancerOf([plain], one).setCookie(one, a, nobody), undefined)
  })
})

describe('a request that is repeated', () => {
  const one = route([{ service: 'A', weight: 1 }])
  const at = (task: string, agent: string) => endpoint(task, { agent })
  const [a1, a2, a3, b1] = [at('a1', 'a'), at('a2', 'a'), at('a3', 'a'), at('b1', 'b')]

  for (const picker of Object.keys(pickers)) {
    test(`${picker}: goes to another agent first, and to its neighbours then`, () => {
      const endpoints = [a1, a2, a3, b1]
      const balancer = balancerOf([service({ id: 'A', picker, endpoints })], one)
      for (const first of [a1, a2, a3]) {
        assert.equal(balancer.pick(one, nobody, [first])?.endpoint, b1)
        const third = balancer.pick(one, nobody, [first, b1])?.endpoint.agent
        assert.equal(third, 'a')
      }
      assert.equal(balancer.pick(one, nobody, endpoints), undefined)
    })
  }

  test('draws on the budget of its service, over a change of tables', () => {
    const services = (tasks: readonly string[]) => [named('A', tasks), named('B', ['b'])]
    const balancer = balancerOf(services(['a']), one)
    const draws = (task: string) => balancer.mayRepeat(endpoint(task), 0)
    picks(balancer, one, 1)
    const other = route([{ service: 'B', weight: 1 }])
    picks(balancer, other, 1)
    for (let drawn = 0; drawn < 64; drawn += 1) assert.equal(draws('a'), true)
    assert.equal(draws('a'), false)
    balancer.apply(buildTable({ routes: [one], services: services(['a', 'c']) }))
    picks(balancer, one, 1)
    assert.equal(draws('c'), false)
    assert.equal(draws('b'), true)
  })
})

describe('over a change of tables', () => {
  const one = route([{ service: 'A', weight: 1 }])

  test('what is in flight is kept, and forgotten at 0', () => {
    const balancer = balancerOf([named('A', ['a'])], one)
    const [a] = named('A', ['a']).endpoints
    assert.ok(a)
    balancer.started(a, 0, false)
    balancer.started(a, 0, false)
    balancer.apply(buildTable({ routes: [one], services: [named('A', ['a', 'b'])] }))
    assert.equal(balancer.inFlight({ ...a }), 2)
    for (let at = 0; at < 3; at += 1) balancer.ended(a, 200)
    assert.equal(balancer.inFlight(a), 0)
  })

  test('an endpoint tried before the swap is tried after it, too', () => {
    const balancer = balancerOf([named('A', ['a', 'b'])], one)
    const first = balancer.pick(one, nobody, [])?.endpoint
    assert.ok(first)
    balancer.apply(buildTable({ routes: [one], services: [named('A', ['a', 'b'])] }))
    for (let at = 0; at < 4; at += 1) {
      assert.notEqual(balancer.pick(one, nobody, [first])?.endpoint.taskId, first.taskId)
    }
  })

  test('a service that is gone has no endpoint; a picker that is unknown is round robin', () => {
    const balancer = balancerOf([named('A', ['a', 'b'], { picker: 'gone' })], one)
    assert.equal(new Set(picks(balancer, one, 2)).size, 2)
    balancer.apply(buildTable({ routes: [one], services: [] }))
    assert.equal(balancer.pick(one, nobody, []), undefined)
  })
})
