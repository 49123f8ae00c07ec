import type { AppFacts } from './app-facts.ts'
import { asksForRoutes, isEnabled, isInGroups, saidOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { MOST_PORTS } from './labels.ts'
import type { PortRoute } from './route.ts'
import { portRouteOf } from './routes.ts'
import type { ServiceBook } from './service-book.ts'
import { servicePortOf } from './service-port.ts'
import type { Member } from './wishes.ts'

/**
 * Ports that are reached by their service port: of apps that get routes, and of all with labels of
 * marathon-lb, which has no other way to ask for it.
 */
export function membersWithServicePort(
  apps: readonly AppFacts[],
  { expose, groups }: RoutingSettings
): Member[] {
  const members: Member[] = []
  for (const facts of apps) {
    const asked = expose === 'all' || facts.marathonLb !== undefined || asksForRoutes(facts)
    if (!asked) continue
    for (const index of facts.app.ports.slice(0, MOST_PORTS).keys()) {
      if (servicePortOf(facts, index) === undefined) continue
      if (isEnabled(facts, index) && isInGroups(facts, index, groups))
        members.push({ facts, index })
    }
  }
  return members
}

/** Makes a service for each, and routes where a listener speaks HTTP or several apps share a port. */
export function portRoutesOf(members: readonly Member[], book: ServiceBook): PortRoute[] {
  const bundles = new Map<string, [Member, ...Member[]]>()
  for (const member of members) {
    const { id } = book.serviceOf(member.facts, member.index)
    const port = book.services.get(id)?.servicePort
    if (port === undefined) continue
    const key = bundleKey(member, id, port)
    const bundle = bundles.get(key)
    if (bundle === undefined) bundles.set(key, [member])
    else bundle.push(member)
  }
  const routes: PortRoute[] = []
  for (const bundle of bundles.values()) {
    bundle.sort(byService(book))
    const { id } = book.serviceOf(bundle[0].facts, bundle[0].index)
    const isHttp = book.services.get(id)?.listener?.mode === 'http'
    if (isHttp || bundle.length > 1) routes.push(portRouteOf(bundle, book))
  }
  return routes
}

/** Apps of one service (a deployment group of marathon-lb) that name one port share it. */
function bundleKey({ facts, index }: Member, id: string, port: number): string {
  const name = saidOf(facts, index, 'service')?.value
  return name === undefined ? id : `${port} ${facts.source} ${facts.parent} ${name}`
}

function byService(book: ServiceBook): (a: Member, b: Member) => number {
  const idOf = ({ facts, index }: Member) => book.serviceOf(facts, index).id
  return (a, b) => (idOf(a) < idOf(b) ? -1 : 1)
}
