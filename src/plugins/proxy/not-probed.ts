import type { Problem } from '../../gateway/model/problem.ts'
import type { Table } from '../../gateway/model/table.ts'

/** Services whose probe this plane does not make; once for each app or line of a file. */
export function probeProblems({ services }: Pick<Table, 'services'>): Problem[] {
  const problems = new Map<string, Problem>()
  for (const { id, origin, probe } of services.values()) {
    if (probe === undefined) continue
    const { source, file, app } = origin
    problems.set(`${source} ${file ?? app ?? id}`, {
      source,
      app: file ?? app ?? id,
      ...(file === undefined && { label: 'gateway.probe' }),
      reason: 'not probed by the proxy plane; what the source says of the tasks counts alone'
    })
  }
  return [...problems.values()]
}
