import type { Endpoint, Match, Route, Service } from '../../src/gateway/model/route.ts'
import type { Table } from '../../src/gateway/model/table.ts'
import { buildTable } from '../../src/gateway/model/table.ts'
import { desiredOf, type Rendering } from '../../src/plugins/haproxy/render/desired-of.ts'
import {
  defaultRenderOptions,
  type RenderOptions
} from '../../src/plugins/haproxy/render/options.ts'
import { renderConfig } from '../../src/plugins/haproxy/render/render-files.ts'

/** An endpoint at 127.0.0.1, not sticky. */
export function endpointAt(port: number, more: Partial<Endpoint> = {}): Endpoint {
  const id = `task-${port}:0`
  const where = { host: '127.0.0.1', port, agent: '127.0.0.1' }
  return { id, taskId: `task-${port}`, ...where, lastResort: false, cookie: '', ...more }
}

/** A service of Marathon with endpoints at these ports. */
export function serviceOf(
  app: string,
  ports: readonly number[],
  more: Partial<Service> = {}
): Service {
  return {
    id: `marathon:${app}:0`,
    origin: { source: 'marathon', app },
    endpoints: ports.map((port) => endpointAt(port)),
    leftOut: [],
    picker: 'round-robin',
    timeouts: {},
    ...more
  }
}

/** A route to services, `marathon:<app>:0` with equal weights where only apps are named. */
export function routeTo(
  apps: readonly string[],
  match: Partial<Match> & { readonly path?: string },
  more: Partial<Route> = {}
): Route {
  const asked = JSON.stringify([match.methods, match.headers])
  return {
    id: `${apps.join('+')} ${match.host ?? '*'}${match.path ?? '/'} ${asked}`,
    match: { path: '/', ...match },
    services: apps.map((app) => ({ service: `marathon:${app}:0`, weight: 1 })),
    priority: 0,
    strip: false,
    upgrade: 'websocket',
    hooks: '',
    settings: {},
    origins: {},
    ...more
  }
}

export function tableOf(services: readonly Service[], routes: readonly Route[]): Table {
  return buildTable({ services, routes })
}

export function renderingOf(table: Table, options: Partial<RenderOptions> = {}): Rendering {
  return desiredOf(table, { ...defaultRenderOptions, ...options })
}

/** Lines of one section of the rendered file, without indentation; undefined: there is none. */
export function sectionOf({ desired }: Rendering, header: string): string[] | undefined {
  const sections = renderConfig(desired, '/etc/gateway').split('\n\n')
  const found = sections.find((one) => one.split('\n')[0]?.split(' from ')[0] === header)
  return found
    ?.split('\n')
    .slice(1)
    .map((line) => line.trim())
}

/** The entries of a map as an object. */
export function mapOf({ desired }: Rendering, name: string): Record<string, string> {
  return Object.fromEntries(desired.maps.find((map) => map.name === name)?.entries ?? [])
}
