import { createBalancer } from '../../src/gateway/balance/balancer.ts'
import { defaultWatch } from '../../src/gateway/balance/endpoint-book.ts'
import type { PickRequest } from '../../src/gateway/balance/picker.ts'
import { pickers } from '../../src/gateway/balance/pickers.ts'
import type { Endpoint, Route, Service } from '../../src/gateway/model/route.ts'
import { buildTable } from '../../src/gateway/model/table.ts'
import type { MicroCase } from './micro-case.ts'

const ENDPOINTS = 10
const NAMES = Object.keys(pickers)

/** Choosing an endpoint by each picker, and counting it as in flight and out again. */
export function pickCases(): MicroCase[] {
  const services = NAMES.map(serviceOf)
  const routes = services.map(({ id }) => routeOf(id))
  const balancer = createBalancer({
    pickers: new Map(Object.entries(pickers)),
    random: Math.random,
    now: Date.now,
    ...defaultWatch
  })
  balancer.apply(buildTable({ services, routes }))
  return routes.map((route, at) => ({
    name: `${NAMES[at]} among ${ENDPOINTS}`,
    run(turn) {
      const picked = balancer.pick(route, requestOf(turn), [])
      if (picked === undefined) throw new Error('nothing was picked')
      balancer.started(picked.endpoint, turn, false)
      balancer.ended(picked.endpoint, 200)
      return picked
    }
  }))
}

const requests = Array.from({ length: 64 }, (_, at) => ({
  header: () => `user-${at}`,
  cookie: () => undefined
}))

function requestOf(turn: number): PickRequest {
  return requests[turn & 63] ?? { header: () => undefined, cookie: () => undefined }
}

function serviceOf(picker: string): Service {
  return {
    id: picker,
    origin: { source: 'marathon', app: `/${picker}` },
    endpoints: Array.from({ length: ENDPOINTS }, (_, at) => endpointOf(picker, at)),
    leftOut: [],
    picker,
    ...(picker === 'hash' && { hashOn: { header: 'x-user' } }),
    timeouts: {}
  }
}

function endpointOf(picker: string, at: number): Endpoint {
  return {
    id: `${picker}.${at}:0`,
    taskId: `${picker}.${at}`,
    host: `10.0.0.${at + 1}`,
    port: 31_000,
    agent: 'agent',
    lastResort: false,
    cookie: ''
  }
}

function routeOf(service: string): Route {
  return {
    id: service,
    match: { host: `${service}.example.com`, path: '/' },
    services: [{ service, weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {}
  }
}
