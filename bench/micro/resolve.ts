import { resolve } from '../../src/gateway/model/resolve.ts'
import type { Route } from '../../src/gateway/model/route.ts'
import { buildTable, type RequestFacts, type Table } from '../../src/gateway/model/table.ts'
import type { MicroCase } from './micro-case.ts'

const HOSTS = 10_000
const PATHS = 1000
/** Hosts that are asked for in turn. */
const DIFFERENT = 64

/**
 * Finding the route of a request. Hosts are read from bytes each time, as a lane reads them: a text
 * that was looked up before remembers its hash.
 */
export function resolveCases(): MicroCase[] {
  const hosts = tableOf(
    Array.from({ length: HOSTS }, (_, at) => ({ host: `app-${at}.example.com` }))
  )
  const paths = tableOf([
    ...Array.from({ length: PATHS }, (_, at) => ({
      host: '*.example.com',
      path: `/team/area-${at}`
    })),
    ...Array.from({ length: PATHS }, (_, at) => ({ host: `*.zone-${at}.example.com` }))
  ])
  const exact = bytesOf((at) => `app-${at * 150}.example.com`)
  const deep = bytesOf((at) => `shop-${at}.example.com`)
  const targets = bytesOf((at) => `/team/area-${at * 15}/items?page=2`)
  const cache = new Map()
  return [
    {
      name: `exact host among ${HOSTS}`,
      mostNs: 1000,
      run: (turn) => found(hosts, factsOf(textAt(exact, turn), '/'))
    },
    {
      name: `wildcard host with ${PATHS} paths among ${PATHS} wildcards`,
      mostNs: 5000,
      run: (turn) => found(paths, factsOf(textAt(deep, turn), textAt(targets, turn)))
    },
    {
      name: 'the same, host seen before',
      mostNs: 5000,
      run: (turn) =>
        resolve(paths, factsOf(textAt(deep, turn), textAt(targets, turn)), undefined, cache)
    },
    { name: 'unknown host', run: () => resolve(hosts, factsOf('nobody.example.org', '/')) }
  ]
}

function bytesOf(text: (at: number) => string): Buffer[] {
  return Array.from({ length: DIFFERENT }, (_, at) => Buffer.from(text(at)))
}

function textAt(texts: readonly Buffer[], turn: number): string {
  return texts[turn % DIFFERENT]?.toString('latin1') ?? ''
}

function found(table: Table, facts: RequestFacts) {
  const resolution = resolve(table, facts)
  if (resolution.kind !== 'route') throw new Error('a route was not found')
  return resolution
}

function factsOf(host: string, target: string): RequestFacts {
  return { host, target, method: 'GET', header: () => undefined }
}

function tableOf(matches: readonly { readonly host: string; readonly path?: string }[]): Table {
  return buildTable({ services: [], routes: matches.map(routeOf) })
}

function routeOf({ host, path = '/' }: { readonly host: string; readonly path?: string }): Route {
  return {
    id: `${host}${path}`,
    match: { host, path },
    services: [{ service: 'service', weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {}
  }
}
