import type { Command } from 'commander'
import type { Route, Service } from '../gateway/model/route.ts'
import { shownRoute } from '../gateway/model/shown-route.ts'
import type { Table } from '../gateway/model/table.ts'
import { askAdmin } from './ask-admin.ts'
import type { Context } from './context.ts'
import { addLookOptions, directConfig, type LookOptions } from './look-options.ts'
import { readTableOnce } from './read-table-once.ts'
import { renderColumns } from './render-columns.ts'

export const routesExamples = [
  'routes',
  'routes --json',
  'routes --admin http://127.0.0.1:9090',
  'routes --marathon http://marathon:8080 --domain example.com'
]

/** A route with the services it leads to, as the admin side gives it. */
export type DescribedRoute = Omit<Route, 'services'> & {
  readonly services: readonly DescribedService[]
}

/** A service that the table doesn't know has nothing but id and weight. */
export type DescribedService = Partial<Service> & { readonly id: string; readonly weight: number }

/** The routes that exist. */
export function addRoutes(program: Command, context: Context): void {
  const command = program
    .command('routes')
    .summary('list the routes of a running gateway, or those Marathon would give')
    .description(
      'Lists the routes of a running gateway by asking its admin side; with --marathon, those that a gateway would have in front of that Marathon.'
    )
  addLookOptions(command).action(async (options: LookOptions) => {
    const config = await directConfig(options, context)
    const routes =
      config === undefined
        ? await routesOfGateway(options, context)
        : await readTableOnce(config, context, ({ table }) => describedRoutes(table))
    if (options.json === true) context.out(JSON.stringify({ routes }, undefined, 2))
    else for (const line of renderRoutes(routes)) context.out(line)
  })
}

async function routesOfGateway(
  options: LookOptions,
  context: Context
): Promise<readonly DescribedRoute[]> {
  const answer = await askAdmin(options, '/routes', context)
  return (answer as { routes: readonly DescribedRoute[] }).routes
}

function describedRoutes(table: Table): readonly DescribedRoute[] {
  return [...table.routes.values()].map((route) => ({
    ...shownRoute(route),
    services: route.services.map(({ service: id, weight }) => ({
      ...table.services.get(id),
      id,
      weight
    }))
  }))
}

/** A header and one line for each route, by host and path; one sentence when there is none. */
function renderRoutes(routes: readonly DescribedRoute[]): readonly string[] {
  if (routes.length === 0) return ['no routes']
  const rows = routes.map(rowOf).sort((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1))
  return renderColumns([['HOST', 'PATH', 'APP', 'ENDPOINTS'], ...rows])
}

function rowOf({ match, services, closed }: DescribedRoute): string[] {
  const endpoints = services.flatMap((service) => service.endpoints ?? [])
  const addresses = endpoints.map(({ host, port }) => `${host}:${port}`)
  const apps = services.map((service) => nameOf(service, services.length))
  const taking = closed === undefined ? addresses.join(' ') || 'none' : `closed: ${closed}`
  return [match.host ?? '*', conditionsOf(match), apps.join(' '), taking]
}

function conditionsOf({ path, headers = {}, methods }: Route['match']): string {
  const asked = Object.entries(headers).map(([name, value]) => `${name}=${value}`)
  return [path, ...asked, ...(methods === undefined ? [] : [methods.join(',')])].join(' ')
}

/** The app, and its share when it is not alone. */
function nameOf({ origin, id, weight }: DescribedService, count: number): string {
  const name = origin?.app ?? id
  return count === 1 ? name : `${name}:${weight}`
}
