import type { App } from '../gateway/model/app.ts'
import { NO_ROUTE_THERE } from '../gateway/model/holders.ts'
import { parseLbPaths } from '../gateway/model/marathon-lb-values.ts'
import type { Problem } from '../gateway/model/problem.ts'
import type { Route, WeightedService } from '../gateway/model/route.ts'
import type { Table } from '../gateway/model/table.ts'
import type { Listeners } from '../plugins/haproxy/render/listeners.ts'

/** What becomes of one app of marathon-lb behind the gateway. */
export interface AppMigration {
  readonly source: string
  readonly app: string
  /** Host and path of each route, and how many endpoints it has. */
  readonly served: readonly string[]
  /** What works in another way than before, and is meant to. */
  readonly changes: readonly string[]
  /** What would not be served as before. */
  readonly missing: readonly string[]
}

export interface MigrationFacts {
  readonly apps: readonly { readonly source: string; readonly app: App }[]
  readonly table: Pick<Table, 'routes' | 'services'>
  readonly problems: readonly Problem[]
  /** Service ports that HAProxy listens at, and what is wrong with others; absent: at none. */
  readonly listeners?: Listeners
  /** Why the plane can't carry a route; undefined when it can. */
  unsupported(route: Route): string | undefined
}

const LABEL = 'HAPROXY_'

/** One entry for each app with labels of marathon-lb, by app id. */
export function migrationOf(facts: MigrationFacts): readonly AppMigration[] {
  const own = facts.apps.filter(({ app }) =>
    [...app.labels.keys()].some((label) => label.startsWith(LABEL))
  )
  const sorted = [...own].sort((a, b) => (a.app.id < b.app.id ? -1 : 1))
  const routes = routesByApp(facts.table)
  return sorted.map(({ source, app }) =>
    appMigration(source, app, routes.get(`${source} ${app.id}`) ?? [], facts)
  )
}

function routesByApp({ routes, services }: MigrationFacts['table']): Map<string, Route[]> {
  const byApp = new Map<string, Route[]>()
  for (const route of routes.values()) {
    const origins = route.services.map(({ service }) => services.get(service)?.origin)
    for (const key of new Set(origins.map((origin) => `${origin?.source} ${origin?.app}`))) {
      byApp.set(key, [...(byApp.get(key) ?? []), route])
    }
  }
  return byApp
}

function appMigration(
  source: string,
  app: App,
  routes: readonly Route[],
  facts: MigrationFacts
): AppMigration {
  const isOwn = (one: Problem) => one.source === source && one.app === app.id
  const problems = [...facts.problems, ...(facts.listeners?.problems ?? [])].filter(isOwn)
  const lost = problems.filter((problem) => losesHost(problem))
  const asBefore = lost.filter((problem) => isServedByOther(problem, app, facts.table))
  const ports = portFindings(app, facts.listeners !== undefined)
  const missing = [
    ...problems.filter((one) => !asBefore.includes(one)).map(problemText),
    ...routes.flatMap((route) => {
      const reason = facts.unsupported(route)
      return reason === undefined ? [] : [`${placeOf(route)}: ${reason}`]
    }),
    ...ports.missing
  ]
  return {
    source,
    app: app.id,
    served: [
      ...routes
        .filter(({ closed }) => closed === undefined)
        .map((one) => `${placeOf(one)} ${endpointsText(one.services, facts)}`),
      ...listenersOfApp(source, app, facts)
    ],
    changes: [...labelChanges(app), ...asBefore.map(problemText), ...ports.changes],
    missing: [...new Set(missing)]
  }
}

function placeOf({ match }: Route): string {
  return `${match.host ?? '*'}${match.path}`
}

function endpointsText(
  services: readonly WeightedService[],
  { table }: Pick<MigrationFacts, 'table'>
): string {
  const found = services.flatMap(({ service }) => table.services.get(service) ?? [])
  const count = found.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
  return `(${count} endpoint${count === 1 ? '' : 's'})`
}

/** `10.0.0.1:10001 by HTTP over TLS (2 endpoints)`. */
function listenersOfApp(source: string, app: App, facts: MigrationFacts): string[] {
  return (facts.listeners?.listeners ?? []).flatMap((listener) => {
    const { origin } = listener.service
    if (origin.source !== source || origin.app !== app.id) return []
    const host = listener.host.includes(':') ? `[${listener.host}]` : listener.host
    const mode = listener.http === undefined ? 'TCP' : 'HTTP'
    const tls = listener.certificate === undefined ? '' : ' over TLS'
    const count = endpointsText(listener.services, facts)
    return [`${host}:${listener.port} by ${mode}${tls} ${count}`]
  })
}

const SHARED_HOST = 'a routes file (file.path) can lead the host to apps of several groups'

function problemText(problem: Problem): string {
  const { label, reason } = problem
  const text = losesHost(problem) ? `${reason}; ${SHARED_HOST}` : reason
  return label === undefined ? text : `${label}: ${text}`
}

function losesHost({ reason }: Problem): boolean {
  return reason.startsWith('the host ') && reason.endsWith(NO_ROUTE_THERE)
}

/** marathon-lb, too, gives a host and path to one of several apps: another has what this one asks for. */
function isServedByOther(
  { label = '', reason }: Problem,
  app: App,
  { routes }: MigrationFacts['table']
): boolean {
  const host = /^the host (\S+) /.exec(reason)?.[1]
  const paths = parseLbPaths(app.labels.get(label.replace(/VHOST$/, 'PATH')) ?? '/').value ?? ['/']
  const served = new Set([...routes.values()].map(placeOf))
  return label.endsWith('VHOST') && paths.every((path) => served.has(`${host}${path}`))
}

/** Differences that docs/coming-from-marathon-lb.md explains, where a label makes one possible. */
const CHANGES: readonly (readonly [name: RegExp, change: string])[] = [
  [/^\d+_PATH$/, 'paths end at segment borders: /api does not cover /apifoo'],
  [/^\d+_HTTP_BACKEND_PROXYPASS_PATH$/, 'the prefix ends at a segment border'],
  [/^\d+_HTTP_BACKEND_REVPROXY_PATH$/, 'Location keeps what follows the host, behind the path'],
  [/^\d+_BACKEND_WEIGHT$/, 'longer paths go first; the number decides among equal ones only'],
  [/^\d+_STICKY$/, 'the values of the sticky cookie are new: clients get another task once'],
  [/^\d+_USE_HSTS$/, 'the header is sent over TLS only'],
  [
    /^\d+_(?:AUTH|BACKEND_NETWORK_ALLOWED_ACL|REDIRECT_TO_HTTPS)$/,
    'it holds for X-Marathon-App-Id and at the service port, too'
  ]
]

function labelChanges({ labels }: App): string[] {
  return [...labels.keys()].sort().flatMap((label) => {
    if (!label.startsWith(LABEL)) return []
    const name = label.slice(LABEL.length)
    const change = CHANGES.find(([pattern]) => pattern.test(name))?.[1]
    return change === undefined ? [] : [`${label}: ${change}`]
  })
}

/** marathon-lb listens on the service port of every port that is enabled. */
function portFindings(app: App, servicePorts: boolean): Pick<AppMigration, 'changes' | 'missing'> {
  const changes: string[] = []
  const missing: string[] = []
  const how = 'that takes plane: haproxy and haproxy.servicePorts'
  for (const [index, { servicePort, protocol }] of app.ports.entries()) {
    if (protocol === 'udp') continue
    const said = (name: string) => app.labels.get(`${LABEL}${index}_${name}`)
    const port = said('PORT') ?? servicePort
    const enabled = /^(?:true|t|yes|y)$/i.test(said('ENABLED') ?? 'true')
    if (servicePorts || !enabled || port === undefined || `${port}` === '0') continue
    if (said('SSL_CERT') !== undefined) {
      missing.push(`${LABEL}${index}_SSL_CERT: service port ${port} was reached over TLS; ${how}`)
      continue
    }
    const hosts = said('VHOST') ?? app.labels.get(`gateway.${index}.hosts`)
    if (hosts !== undefined) changes.push(`service port ${port} is not opened beside its hosts`)
    else missing.push(`port ${index} was reached by service port ${port}; ${how}`)
  }
  return { changes, missing }
}

/** For people; control characters of labels are left out. */
export function renderMigration(apps: readonly AppMigration[]): readonly string[] {
  if (apps.length === 0) return ['no app has labels of marathon-lb']
  const lines = apps.flatMap(({ app, served, changes, missing }) => [
    app,
    ...(served.length === 0 ? ['  no route'] : served.map((text) => `  served   ${text}`)),
    ...changes.map((text) => `  changes  ${text}`),
    ...missing.map((text) => `  missing  ${text}`)
  ])
  return lines.map((line) => line.replace(/\p{Cc}/gu, '?'))
}
