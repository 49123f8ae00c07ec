import type { LayeredMap } from '../../gateway/model/layered-map.ts'
import type { Problem } from '../../gateway/model/problem.ts'
import type { Route, Service } from '../../gateway/model/route.ts'
import type { Steps } from '../../gateway/model/steps.ts'
import { emptyTable, type Table } from '../../gateway/model/table.ts'

type Entries = Pick<Table, 'routes' | 'services'>

export interface ProblemFinders {
  ofRoute(route: Route): readonly Problem[]
  ofService(service: Service): readonly Problem[]
}

/**
 * What a plane has to say of the entries of a table: once for each problem, whatever the number of its
 * hosts. Costs what changed since the table it was asked about before.
 */
export function createPlaneProblems({
  ofRoute,
  ofService
}: ProblemFinders): (table: Entries) => Steps<readonly Problem[]> {
  let last: Entries = emptyTable()
  let all: readonly Problem[] = []
  const byRoute = new Map<string, readonly Problem[]>()
  const byService = new Map<string, readonly Problem[]>()

  return function* (table) {
    const routes = yield* update(byRoute, last.routes, table.routes, ofRoute)
    const services = yield* update(byService, last.services, table.services, ofService)
    last = table
    if (routes || services) all = distinct([...inOrder(byRoute), ...inOrder(byService)])
    return all
  }
}

/** @returns whether something is other than it was */
function* update<Value extends object>(
  found: Map<string, readonly Problem[]>,
  before: LayeredMap<Value>,
  after: LayeredMap<Value>,
  find: (value: Value) => readonly Problem[]
): Steps<boolean> {
  let changed = false
  for (const key of before.changedKeys(after)) {
    yield
    const value = after.get(key)
    const problems = value === undefined ? [] : find(value)
    if (problems.length === 0 && !found.has(key)) continue
    changed = true
    if (problems.length === 0) found.delete(key)
    else found.set(key, problems)
  }
  return changed
}

function inOrder(found: ReadonlyMap<string, readonly Problem[]>): Problem[] {
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, problems]) => problems)
}

function distinct(problems: readonly Problem[]): readonly Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()]
}
