import type { Problem } from '../../gateway/model/problem.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Steps } from '../../gateway/model/steps.ts'
import type { Table } from '../../gateway/model/table.ts'
import { type BehindHaproxy, httpsPort } from './front-listeners.ts'
import { servicePortProblems } from './no-service-ports.ts'
import type { ProxyOptions } from './options.ts'
import { createPlaneProblems } from './plane-problems.ts'

type Trust = Pick<ProxyOptions, 'trustedProxies'>
type Tls = Pick<BehindHaproxy, 'tlsPort'>

/**
 * What this plane can't do for a route; undefined when it can do all.
 * @param behind an HAProxy holds the front port
 */
export function unsupported(
  { guard }: Pick<Route, 'guard'>,
  { trustedProxies }: Trust,
  behind?: Tls
): string | undefined {
  if (guard?.https === undefined) return undefined
  if (httpsPort({ trustedProxies }, behind) !== undefined) return undefined
  const then = 'requests that did not come over TLS are answered 503 GW_GUARD_INVALID'
  return trustedProxies.length > 0
    ? `the proxy plane redirects nothing to https; ${then}`
    : `the proxy plane has no TLS to redirect to, and no trusted proxy with TLS in front; ${then}`
}

/** Tells of each table what this plane can't do for it. */
export function proxyProblems(
  options: Trust,
  behind?: Tls
): (table: Pick<Table, 'routes' | 'services'>) => Steps<readonly Problem[]> {
  return createPlaneProblems({
    ofRoute: (route) => routeProblem(route, options, behind),
    // HAProxy opens the service ports.
    ofService: (service) => (behind === undefined ? servicePortProblems(service) : [])
  })
}

function routeProblem(route: Route, options: Trust, behind: Tls | undefined): readonly Problem[] {
  const reason = unsupported(route, options, behind)
  if (reason === undefined) return []
  const { https, service } = route.origins
  const origin = https ?? service
  const app = origin?.file ?? origin?.app ?? route.id
  const label = https?.label
  return [{ source: origin?.source ?? '', app, ...(label && { label }), reason }]
}
