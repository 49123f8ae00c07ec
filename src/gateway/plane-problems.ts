import type { Faults } from './faults.ts'
import { notAPromise } from './model/not-a-promise.ts'
import type { Problem } from './model/problem.ts'
import type { Steps } from './model/steps.ts'
import type { Table } from './model/table.ts'
import type { Plane } from './plugin.ts'

/** What the planes have to say of a table. A plane that fails says nothing, and that is noted. */
export function* planeProblems(
  planes: readonly Plane[],
  table: Table,
  faults: Faults
): Steps<readonly Problem[]> {
  const found: Problem[] = []
  for (const plane of planes) {
    yield
    found.push(...(yield* said(plane, table, faults)))
  }
  yield
  return found
}

function* said(plane: Plane, table: Table, faults: Faults): Steps<readonly Problem[]> {
  try {
    const problems = notAPromise(plane.problems?.(table)) ?? []
    return 'next' in problems ? yield* problems : problems
  } catch (error) {
    faults.note('plane', error, { part: plane.name })
    return []
  }
}
