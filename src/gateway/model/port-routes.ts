import type { AppUpdate } from './app-book.ts'
import type { AppFacts } from './app-facts.ts'
import { asksForRoutes, isEnabled, isInGroups, saidOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { MOST_PORTS } from './labels.ts'
import type { Output } from './output.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Route, ServiceId } from './route.ts'
import { portRouteOf } from './routes.ts'
import { type BookEntry, idOf } from './service-book.ts'
import { servicePortOf } from './service-port.ts'
import type { Making, ServiceShelf } from './service-shelf.ts'
import type { Steps } from './steps.ts'
import type { Member } from './wishes.ts'

/** The ports of one app that have a service port. */
interface AppPorts {
  readonly services: ReadonlySet<ServiceId>
  readonly members: readonly { readonly key: string; readonly member: Member }[]
}

interface Bundle {
  readonly members: readonly Member[]
  readonly services: ReadonlySet<ServiceId>
  readonly route: ServiceId | undefined
}

const NO_SERVICES: ReadonlySet<ServiceId> = new Set()
const NO_BUNDLE: Bundle = { members: [], services: NO_SERVICES, route: undefined }

/** A service for each service port, and routes where a listener speaks HTTP or several apps share a port. */
export class PortRoutes {
  readonly #problems: ProblemBook
  readonly #shelf: ServiceShelf
  readonly #apps = new Map<string, AppPorts>()
  readonly #bundles = new Map<string, Bundle>()
  /** By service. */
  readonly routes: Output<Route>

  constructor(problems: ProblemBook, shelf: ServiceShelf, routes: Output<Route>) {
    this.#problems = problems
    this.#shelf = shelf
    this.routes = routes
  }

  *update(updates: readonly AppUpdate[], making: Making): Steps<void> {
    const gone = new Set<Member>()
    const come = new Map<string, Member[]>()
    for (const update of updates) {
      const { before, now } = this.#updateApp(update, making)
      for (const { key, member } of before?.members ?? []) {
        gone.add(member)
        come.set(key, come.get(key) ?? [])
      }
      for (const { key, member } of now?.members ?? []) {
        come.set(key, [...(come.get(key) ?? []), member])
      }
      yield
    }
    for (const key of come.keys()) this.#dropRoute(key)
    for (const [key, members] of come) {
      const kept = this.#bundles.get(key)?.members.filter((member) => !gone.has(member)) ?? []
      this.#rebuild(key, [...kept, ...members].sort(byService), making)
      yield
    }
  }

  #updateApp({ source, id, after }: AppUpdate, making: Making) {
    const app = `${source} ${id}`
    const before = this.#apps.get(app)
    const now = after && this.#portsOf(after, making)
    this.#shelf.replace(before, now)
    if (now === undefined) this.#apps.delete(app)
    else this.#apps.set(app, now)
    return { before, now }
  }

  #dropRoute(key: string): void {
    const route = this.#bundles.get(key)?.route
    if (route !== undefined) this.routes.set(route, undefined)
  }

  #portsOf(facts: AppFacts, making: Making): AppPorts | undefined {
    const members = membersWithServicePort(facts, making.settings)
    if (members.length === 0) return undefined
    const book = this.#shelf.open(making)
    const keyed = members.flatMap((member) => {
      const entry = book.serviceOf(member.facts, member.index)
      const key = bundleKey(member, entry)
      return key === undefined ? [] : [{ key, member }]
    })
    return { services: book.services, members: keyed }
  }

  #rebuild(key: string, members: readonly Member[], making: Making): void {
    const before = this.#bundles.get(key) ?? NO_BUNDLE
    const [leader, ...others] = members
    const book = this.#shelf.open(making)
    const isHttp =
      leader !== undefined &&
      book.serviceOf(leader.facts, leader.index).service.listener?.mode === 'http'
    const made =
      leader !== undefined && (isHttp || others.length > 0)
        ? portRouteOf([leader, ...others], book)
        : undefined
    if (made !== undefined) this.routes.set(made.service, made.route)
    this.#problems.set(`port ${key}`, book.problems)
    const services = leader === undefined ? NO_SERVICES : book.services
    this.#shelf.replace(before, { services })
    if (leader === undefined) this.#bundles.delete(key)
    else this.#bundles.set(key, { members, services, route: made?.service })
  }
}

/**
 * Ports that are reached by their service port: of apps that get routes, and of all with labels of
 * marathon-lb, which has no other way to ask for it.
 */
function membersWithServicePort(facts: AppFacts, { expose, groups }: RoutingSettings): Member[] {
  const members: Member[] = []
  const asked = expose === 'all' || facts.marathonLb !== undefined || asksForRoutes(facts)
  if (!asked) return members
  for (const index of facts.app.ports.slice(0, MOST_PORTS).keys()) {
    if (servicePortOf(facts, index) === undefined) continue
    if (isEnabled(facts, index) && isInGroups(facts, index, groups)) members.push({ facts, index })
  }
  return members
}

/** Apps of one service (a deployment group of marathon-lb) that name one port share it. */
function bundleKey({ facts, index }: Member, { id, service }: BookEntry): string | undefined {
  const { servicePort } = service
  if (servicePort === undefined) return undefined
  const name = saidOf(facts, index, 'service')?.value
  return name === undefined ? id : `${servicePort} ${facts.source} ${facts.parent} ${name}`
}

function byService(a: Member, b: Member): number {
  return idOf(a) < idOf(b) ? -1 : 1
}
