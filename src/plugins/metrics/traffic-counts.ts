import type { Route, RouteId } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { Outcome, Stats } from '../../gateway/plugin.ts'
import { RouteCounts } from './route-counts.ts'

/** How long the numbers of a route are told after it left the table: for the last scrape. */
const KEPT_MS = 600_000
/** Route and app of what is beyond `maxRoutes`. */
const OTHER = 'other'

export interface TrafficCountsTools {
  /** Routes that are counted by themselves. */
  readonly maxRoutes: number
  table(): Table
  /** Ms since 1970. */
  now(): number
}

/** The numbers of one process's traffic. An observer: it must cost a request next to nothing. */
export class TrafficCounts {
  readonly #tools: TrafficCountsTools
  /** Of routes that lead to one app, which is nearly all of them; by the object in the table. */
  #bySight = new WeakMap<Route, RouteCounts>()
  /** By route and app. */
  readonly #known = new Map<string, RouteCounts>()
  readonly #unrouted = new RouteCounts('', '')
  readonly #other = new RouteCounts(OTHER, OTHER)

  constructor(tools: TrafficCountsTools) {
    this.#tools = tools
  }

  count(outcome: Outcome): void {
    const { route } = outcome
    const counts = route === undefined ? this.#unrouted : this.#bySight.get(route)
    if (counts !== undefined) counts.count(outcome)
    else if (route !== undefined) this.#look(route, outcome).count(outcome)
  }

  /** All numbers by name; those of routes that are long gone are forgotten. */
  read(): Stats {
    this.#forget()
    const stats: Record<string, number> = Object.create(null)
    const add = (name: string, value: number): void => {
      stats[name] = (stats[name] ?? 0) + value
    }
    for (const counts of [this.#unrouted, this.#other, ...this.#known.values()]) counts.tell(add)
    return stats
  }

  #look(route: Route, outcome: Outcome): RouteCounts {
    const counts = this.#countsOf(route.id, this.#appOf(route, outcome))
    if (route.services.length === 1) this.#bySight.set(route, counts)
    return counts
  }

  #countsOf(route: RouteId, app: string): RouteCounts {
    const key = `${route}\t${app}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= this.#tools.maxRoutes) return this.#other
    const counts = new RouteCounts(plain(route), plain(app))
    this.#known.set(key, counts)
    return counts
  }

  /** The app whose task answered; without a task, the one the route belongs to. */
  #appOf(route: Route, { endpoint }: Outcome): string {
    const table = this.#tools.table()
    const services = route.services.flatMap(({ service }) => table.services.get(service) ?? [])
    const own =
      services.length === 1
        ? services[0]
        : services.find(({ endpoints }) => endpoints.some(({ id }) => id === endpoint?.id))
    return own?.origin.app ?? route.origins['service']?.app ?? ''
  }

  #forget(): void {
    const { routes } = this.#tools.table()
    const now = this.#tools.now()
    for (const [key, counts] of this.#known) {
      if (routes.has(counts.route)) counts.goneAt = undefined
      else if (counts.goneAt === undefined) counts.goneAt = now
      else if (now - counts.goneAt > KEPT_MS) {
        this.#known.delete(key)
        // A route that comes back begins anew, wherever it was noted.
        this.#bySight = new WeakMap()
      }
    }
  }
}

/** Tabs part the labels of a name. */
function plain(text: string): string {
  return text.replaceAll('\t', ' ')
}
