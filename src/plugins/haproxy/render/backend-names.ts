import type { Route, ServiceId } from '../../../gateway/model/route.ts'
import { guardKey } from './guard-rules.ts'
import { nameOfId, shortHash } from './names.ts'
import { rewriteKey, segmentsOf } from './rewrite-rules.ts'

/** Names backends so that a change of weights or of endpoints does not rename any. */
export interface BackendNamer {
  /** The name for a route; routes with the same services, weights and policy share one. */
  nameOf(route: Route): string
}

/** Everything that makes two routes share a backend, apart from the weights. */
interface Kind {
  readonly name: string
  /** Weights that are known, and the backend each leads to. */
  readonly byWeights: Map<string, string>
}

/** The first route with some services, in the order of calls, names their backend. */
export function createBackendNamer(): BackendNamer {
  const kinds = new Map<string, Kind>()
  return {
    nameOf(route) {
      const name = `${baseName(route.services.map(({ service }) => service))}${policySuffix(route)}`
      const kind = kinds.get(name) ?? { name, byWeights: new Map<string, string>() }
      kinds.set(name, kind)
      const weights = weightsOf(route)
      const known = kind.byWeights.get(weights)
      if (known !== undefined) return known
      const own = kind.byWeights.size === 0 ? name : `${name}__w_${shortHash(route.id, 8)}`
      kind.byWeights.set(weights, own)
      return own
    }
  }
}

/** Whole and within what HAProxy and browsers read, whatever a plugin said. */
export function hstsSeconds(hsts: number): number {
  return Number.isFinite(hsts) ? Math.min(Math.max(0, Math.trunc(hsts)), 2_147_483_647) : 0
}

function baseName(services: readonly ServiceId[]): string {
  const [first, ...others] = services
  if (first === undefined) return 'no-service__none'
  if (others.length === 0) return nameOfId(first)
  return `${nameOfId(first)}__split_${shortHash(JSON.stringify(services), 8)}`
}

function policySuffix(route: Route): string {
  const { guard, rewrite, strip, match } = route
  const segments = strip ? segmentsOf(match.path) : 0
  const parts = [
    ...(segments > 0 ? [`strip${segments}`] : []),
    ...(route.upgrade === 'none' ? ['plain'] : []),
    ...(route.hsts === undefined ? [] : [`hsts${hstsSeconds(route.hsts)}`]),
    ...(guard === undefined ? [] : [`guard_${shortHash(guardKey(guard), 16)}`]),
    ...(rewrite === undefined ? [] : [`rewrite_${shortHash(rewriteKey(rewrite), 16)}`])
  ]
  return parts.map((part) => `__${part}`).join('')
}

/** Of a service that is alone it only matters whether it takes anything. */
function weightsOf({ services }: Route): string {
  if (services.length === 1) return String((services[0]?.weight ?? 0) > 0)
  return services.map(({ weight }) => weight).join(' ')
}
