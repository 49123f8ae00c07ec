import type { AppFacts } from './app-facts.ts'
import { deploymentShares, type Side } from './deployment-shares.ts'
import type { PortPolicy } from './port-policy.ts'
import type { Problem } from './problem.ts'
import type { Origin, PortRoute, Route, WeightedService } from './route.ts'
import { rewriteOf } from './route-rewrite.ts'
import type { ServiceBook } from './service-book.ts'
import type { Member, Wish } from './wishes.ts'

/** The route for a wish that was granted. */
export function routeOf(wish: Wish, book: ServiceBook): Route {
  const { facts, index } = wish.member
  const { id, policy } = book.serviceOf(facts, index)
  const origins: Record<string, Origin> = {
    host: facts.origin,
    path: facts.origin,
    service: facts.origin,
    ...wish.origins,
    ...policy.origins
  }
  const services = sharesOf(wish.bundle, wish.member, book)
  for (const member of wish.bundle) {
    const entry = book.serviceOf(member.facts, member.index)
    const weight = entry.policy.origins['weight']
    const takes = services.some(({ service }) => service === entry.id)
    if (takes && weight !== undefined && wish.bundle.length > 1) {
      origins[`weight ${entry.id}`] = weight
    }
  }
  return {
    id: `${id}:${wish.host ?? '*'}${wish.path}`,
    match: { ...(wish.host !== undefined && { host: wish.host }), path: wish.path },
    services,
    ...policyFields(policy),
    ...rewriteOf(wish),
    origins
  }
}

/** The services of a bundle whose settings are those of its leader, with their shares. */
function sharesOf(
  bundle: readonly Member[],
  leader: Member,
  book: ServiceBook
): readonly WeightedService[] {
  const { id, policy } = book.serviceOf(leader.facts, leader.index)
  const services: WeightedService[] = []
  const sides: Side[] = []
  for (const member of bundle) {
    const entry = book.serviceOf(member.facts, member.index)
    // A member whose own guard is invalid must not be reached through the route of another.
    if (entry.policy.closed !== undefined && entry.id !== id) continue
    if (isMoreGuarded(entry.policy, policy)) {
      book.problems.push(lessGuarded(member, leader.facts))
      continue
    }
    services.push({ service: entry.id, weight: entry.policy.weight })
    sides.push(sideOf(member, book))
  }
  return withDeploymentShares(services, sides)
}

/** A weight that somebody stated counts; a pair of apps that says nothing else has shares by tasks. */
function withDeploymentShares(
  services: readonly WeightedService[],
  sides: readonly Side[]
): readonly WeightedService[] {
  if (services.some(({ weight }) => weight !== 1)) return services
  const shares = deploymentShares(sides)
  if (shares === undefined) return services
  return services.map(({ service }, at) => ({ service, weight: shares[at] ?? 1 }))
}

function sideOf({ facts, index }: Member, book: ServiceBook): Side {
  const { service } = book.serviceOf(facts, index)
  const ready = service.endpoints.filter(({ lastResort }) => !lastResort)
  const { instances } = facts.app
  return { deployment: facts.marathonLb?.deployment, instances, ready: ready.length }
}

/** A guard that the route doesn't keep would be passed by through it. */
function isMoreGuarded({ guard }: PortPolicy, route: PortPolicy): boolean {
  if (guard === undefined) return false
  return JSON.stringify(guard) !== JSON.stringify(route.guard)
}

function lessGuarded({ facts }: Member, leader: AppFacts): Problem {
  const reason = `its guards differ from those of ${leader.app.id}, whose settings the shared route follows; it takes no share`
  return { source: facts.source, app: facts.app.id, reason }
}

/** The route for requests that name an app by its id (`X-Marathon-App-Id`). */
export function appRouteOf(facts: AppFacts, index: number, book: ServiceBook): Route {
  const { id, policy } = book.serviceOf(facts, index)
  return {
    id: `${id}:app`,
    match: { path: '/' },
    services: [{ service: id, weight: 1 }],
    ...policyFields(policy),
    strip: false,
    origins: { service: facts.origin, ...policy.origins }
  }
}

/** The route for requests at a service port, which all members of a bundle share. */
export function portRouteOf(bundle: readonly [Member, ...Member[]], book: ServiceBook): PortRoute {
  const [leader] = bundle
  const { facts, index } = leader
  const { id, policy } = book.serviceOf(facts, index)
  const route: Route = {
    id: `${id}:port`,
    match: { path: '/' },
    services: sharesOf(bundle, leader, book),
    ...policyFields(policy),
    strip: false,
    origins: { service: facts.origin, ...policy.origins }
  }
  return { service: id, route }
}

function policyFields(
  policy: PortPolicy
): Pick<Route, 'priority' | 'upgrade' | 'hooks' | 'closed' | 'guard' | 'hsts' | 'settings'> {
  return {
    priority: policy.priority,
    upgrade: policy.upgrade,
    hooks: policy.hooks,
    ...(policy.closed !== undefined && { closed: policy.closed }),
    ...(policy.guard !== undefined && { guard: policy.guard }),
    ...(policy.hsts !== undefined && { hsts: policy.hsts }),
    settings: policy.settings
  }
}
