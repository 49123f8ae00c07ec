import type { Problem } from '../../gateway/model/problem.ts'
import type { Service } from '../../gateway/model/route.ts'

/** A probe that this plane does not make; the same for each port of an app or line of a file. */
export function probeProblem({ id, origin, probe }: Service): readonly Problem[] {
  if (probe === undefined) return []
  const { source, file, app } = origin
  return [
    {
      source,
      app: file ?? app ?? id,
      ...(file === undefined && { label: 'gateway.probe' }),
      reason: 'not probed by the proxy plane; what the source says of the tasks counts alone'
    }
  ]
}
