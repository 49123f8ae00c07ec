import type { Desired } from '../desired.ts'
import { emptied, type Offender } from './find-offenders.ts'

/** Something wrong in one backend, for operators. */
export interface BackendProblem {
  readonly backend: string
  readonly reason: string
}

/** Remembers backends HAProxy would not load, for as long as they stay as they are. */
export interface Quarantine {
  add(offenders: readonly Offender[]): void
  /** The state with each of them as an empty section; the same object for the same state. */
  apply(wanted: Desired): Desired
  problems(): readonly BackendProblem[]
}

export function createQuarantine(): Quarantine {
  const held = new Map<string, { readonly text: string; readonly reason: string }>()
  let last: { readonly wanted: Desired; readonly result: Desired } | undefined
  return {
    add(offenders) {
      for (const { backend, reason } of offenders) {
        held.set(backend.name, { text: JSON.stringify(backend), reason })
      }
      if (offenders.length > 0) last = undefined
    },
    apply(wanted) {
      if (held.size === 0) return wanted
      if (last?.wanted === wanted) return last.result
      const bad = new Set(
        wanted.backends.filter(
          (backend) => held.get(backend.name)?.text === JSON.stringify(backend)
        )
      )
      const names = new Set([...bad].map(({ name }) => name))
      for (const name of [...held.keys()]) if (!names.has(name)) held.delete(name)
      const backends = wanted.backends.map((one) => (bad.has(one) ? emptied(one) : one))
      const result = { ...wanted, backends }
      last = { wanted, result }
      return result
    },
    problems: () => [...held].map(([backend, { reason }]) => ({ backend, reason }))
  }
}
