import type { App, AppPort, HealthResult, Task } from '../../src/gateway/model/app.ts'
import type { Compiled, CompileInput, RoutingSettings } from '../../src/gateway/model/compile.ts'
import { compile } from '../../src/gateway/model/compile.ts'
import type { Route } from '../../src/gateway/model/route.ts'
import type { Snapshot } from '../../src/gateway/model/snapshot.ts'
import type { RequestFacts } from '../../src/gateway/model/table.ts'

/** The moment in which tests compile, ms since 1970. */
export const NOW = 1_700_000_000_000

/** A TCP port with a host port, unless said otherwise. */
export function port(
  given: Partial<Omit<AppPort, 'labels'>> & { labels?: Record<string, string> } = {}
): AppPort {
  const { labels, ...rest } = given
  return {
    protocol: 'tcp',
    hasHostPort: true,
    ...rest,
    labels: new Map(Object.entries(labels ?? {}))
  }
}

/** A running task with port 31000 on agent 10.0.0.1. */
export function task(given: Partial<Task> = {}): Task {
  return {
    id: 'myapp.1',
    host: '10.0.0.1',
    ports: [31000],
    ipAddresses: [],
    state: 'TASK_RUNNING',
    startedAt: NOW - 3_600_000,
    version: 'v1',
    health: [],
    ...given
  }
}

/** `/myapp` in host mode with one port and one task. */
export function app(
  given: Partial<Omit<App, 'labels'>> & { labels?: Record<string, string> } = {}
): App {
  const { labels, ...rest } = given
  const id = rest.id ?? '/myapp'
  return {
    id,
    instances: 1,
    version: 'v1',
    networkMode: 'host',
    ports: [port()],
    healthChecks: 0,
    healthGraceMs: 60_000,
    readiness: new Map(),
    deploying: false,
    tasks: [task({ id: `${id.slice(1).replaceAll('/', '_')}.1` })],
    ...rest,
    labels: new Map(Object.entries(labels ?? {}))
  }
}

export function health(given: Partial<HealthResult> = {}): HealthResult {
  return { alive: true, consecutiveFailures: 0, reported: true, ...given }
}

export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    source: 'marathon',
    takenAt: NOW,
    apps: [],
    routes: [],
    services: [],
    overrides: [],
    problems: [],
    ...given
  }
}

export const settings: RoutingSettings = {
  domains: ['local'],
  path: '',
  expose: 'all',
  groups: [],
  unreachable: 'last-resort',
  stickyKey: 'key',
  picker: 'round-robin'
}

export function compileInput(
  given: Partial<Omit<CompileInput, 'settings'>> & { settings?: Partial<RoutingSettings> } = {}
): CompileInput {
  return {
    snapshots: [],
    claims: new Map(),
    ending: new Set(),
    unreachable: new Set(),
    leaving: new Set(),
    health: new Map(),
    now: NOW,
    resolvers: [],
    labelSchemas: new Map(),
    pickers: new Set(['round-robin', 'random', 'least-requests', 'hash']),
    hookSets: new Set(['sign-in']),
    ...given,
    settings: { ...settings, ...given.settings }
  }
}

/** Compiles these apps of one Marathon. */
export function compileApps(
  apps: readonly App[],
  given: Parameters<typeof compileInput>[0] = {}
): Compiled {
  return compile(compileInput({ snapshots: [snapshot({ apps })], ...given }))
}

/** `host/path → service, service=weight`, sorted: enough to see who answers where. */
export function routeTexts(routes: readonly Route[]): string[] {
  return routes
    .map(({ match, services, strip }) => {
      const to = services.map(({ service, weight }) =>
        weight === 1 ? service : `${service}=${weight}`
      )
      return `${match.host ?? '*'}${match.path}${strip ? ' (strip)' : ''} → ${to.join(', ')}`
    })
    .sort()
}

/** `app label: reason` of each problem. */
export function problemTexts({ problems }: Compiled): string[] {
  return problems.map(({ app, label, reason }) => `${app}${label ? ` ${label}` : ''}: ${reason}`)
}

export function facts(
  url: string,
  given: { method?: string; headers?: Record<string, string> } = {}
): RequestFacts {
  const slash = url.indexOf('/')
  const host = url.slice(0, slash)
  const headers = new Map(Object.entries(given.headers ?? {}))
  return {
    host: host === '' ? undefined : host,
    target: url.slice(slash),
    method: given.method ?? 'GET',
    header: (name) => headers.get(name)
  }
}
