import type { App } from '../gateway/model/app.ts'
import type { Problem } from '../gateway/model/problem.ts'
import type { Route } from '../gateway/model/route.ts'
import type { Table } from '../gateway/model/table.ts'

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
  /** HAProxy listens on service ports. */
  readonly servicePorts: boolean
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
  const problems = facts.problems.filter((one) => one.source === source && one.app === app.id)
  const ports = portFindings(app, facts.servicePorts)
  const missing = [
    ...problems.map(({ label, reason }) => (label === undefined ? reason : `${label}: ${reason}`)),
    ...routes.flatMap((route) => {
      const reason = facts.unsupported(route)
      return reason === undefined ? [] : [`${placeOf(route)}: ${reason}`]
    }),
    ...ports.missing
  ]
  return {
    source,
    app: app.id,
    served: routes
      .filter(({ closed }) => closed === undefined)
      .map((one) => servedText(one, facts)),
    changes: [...labelChanges(app), ...ports.changes],
    missing: [...new Set(missing)]
  }
}

function placeOf({ match }: Route): string {
  return `${match.host ?? '*'}${match.path}`
}

function servedText(route: Route, { table }: MigrationFacts): string {
  const services = route.services.flatMap(({ service }) => table.services.get(service) ?? [])
  const count = services.reduce((sum, { endpoints }) => sum + endpoints.length, 0)
  return `${placeOf(route)} (${count} endpoint${count === 1 ? '' : 's'})`
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
    'it holds for X-Marathon-App-Id, too, and the service port is not opened beside it'
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
  for (const [index, { servicePort }] of app.ports.entries()) {
    const said = (name: string) => app.labels.get(`${LABEL}${index}_${name}`)
    const port = said('PORT') ?? servicePort
    const enabled = /^(?:true|t|yes|y)$/i.test(said('ENABLED') ?? 'true')
    if (servicePorts || !enabled || port === undefined || `${port}` === '0') continue
    const hosts = said('VHOST') ?? app.labels.get(`gateway.${index}.hosts`)
    if (hosts !== undefined) changes.push(`service port ${port} is not opened beside its hosts`)
    else {
      const how = 'that takes plane: haproxy and haproxy.servicePorts'
      missing.push(`port ${index} was reached by service port ${port}; ${how}`)
    }
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
