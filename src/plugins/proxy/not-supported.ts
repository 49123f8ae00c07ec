import type { Problem } from '../../gateway/model/problem.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import { type BehindHaproxy, httpsPort } from './front-listeners.ts'
import { servicePortProblems } from './no-service-ports.ts'
import { probeProblems } from './not-probed.ts'
import type { ProxyOptions } from './options.ts'

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

/** Once for each app and reason, whatever its number of hosts. */
export function proxyProblems(
  table: Pick<Table, 'routes' | 'services'>,
  options: Trust,
  behind?: Tls
): Problem[] {
  const problems = new Map<string, Problem>()
  for (const route of table.routes.values()) {
    const reason = unsupported(route, options, behind)
    if (reason === undefined) continue
    const { https, service } = route.origins
    const origin = https ?? service
    const app = origin?.file ?? origin?.app ?? route.id
    const label = https?.label
    const problem = { source: origin?.source ?? '', app, ...(label && { label }), reason }
    problems.set(JSON.stringify(problem), problem)
  }
  // HAProxy probes what it carries, and opens the service ports.
  const alone = behind === undefined ? [...probeProblems(table), ...servicePortProblems(table)] : []
  return [...problems.values(), ...alone]
}
