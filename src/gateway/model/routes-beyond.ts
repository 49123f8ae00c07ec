import type { RoutingSettings } from './compile.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Route, RouteId } from './route.ts'
import { defaultLimits } from './routing-limits.ts'

/** Apps that are named when their routes are left out. */
const MOST_NAMED = 20

/**
 * The routes of apps beyond what the operator allows of all together: those with the last ids, so that
 * the same apps have the same routes whatever came first.
 */
export class RoutesBeyond {
  readonly #problems: ProblemBook
  #left: ReadonlySet<RouteId> = new Set()

  constructor(problems: ProblemBook) {
    this.#problems = problems
  }

  has(id: RouteId): boolean {
    return this.#left.has(id)
  }

  /** @returns ids of routes that are left out now and were not, or the other way round */
  update(
    routes: ReadonlyMap<RouteId, Route>,
    { limits = defaultLimits }: Pick<RoutingSettings, 'limits'>
  ): readonly RouteId[] {
    const before = this.#left
    if (routes.size <= limits.routes && before.size === 0) return []
    const left = routes.size > limits.routes ? [...routes.keys()].sort().slice(limits.routes) : []
    this.#left = new Set(left)
    this.#tell(left, routes, limits.routes)
    return [...left.filter((id) => !before.has(id)), ...[...before].filter((id) => !this.has(id))]
  }

  #tell(left: readonly RouteId[], routes: ReadonlyMap<RouteId, Route>, most: number): void {
    const origins = left.flatMap((id) => routes.get(id)?.origins['service'] ?? [])
    const apps = new Map(origins.map((origin) => [`${origin.source} ${origin.app}`, origin]))
    const reason = `all apps together have more than ${most} routes (routing.limits.routes); routes of this app are left out`
    const named = [...apps.values()].slice(0, MOST_NAMED)
    this.#problems.set(
      'routing.limits.routes',
      named.map(({ source, app = '' }) => ({ source, app, reason }))
    )
  }
}
