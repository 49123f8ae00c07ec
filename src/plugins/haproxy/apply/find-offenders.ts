import type { Desired, DesiredBackend } from '../desired.ts'

/** A backend that HAProxy would not load. */
export interface Offender {
  readonly backend: DesiredBackend
  /** What HAProxy said of it. */
  readonly reason: string
}

export type CheckResult =
  | { readonly ok: true; readonly desired: Desired; readonly offenders: readonly Offender[] }
  /** It is not the backends: nothing can go live. */
  | { readonly ok: false; readonly reason: string }

/**
 * Finds the backends that keep a state from loading and leaves them out: each becomes an empty section,
 * so that its hosts are still known (503, never 404). Halving, so that one offender among 10,000 takes
 * some 30 checks.
 *
 * @param check why HAProxy would not load a state; undefined when it would
 */
export async function findOffenders(
  desired: Desired,
  check: (desired: Desired) => Promise<string | undefined>
): Promise<CheckResult> {
  const complaint = await check(desired)
  if (complaint === undefined) return { ok: true, desired, offenders: [] }
  const without = (kept: ReadonlySet<DesiredBackend>): Desired => ({
    ...desired,
    backends: desired.backends.map((backend) => (kept.has(backend) ? backend : emptied(backend)))
  })
  const bare = await check(without(new Set()))
  if (bare !== undefined) return { ok: false, reason: bare }
  const offenders: Offender[] = []
  const search = async (
    suspects: readonly DesiredBackend[],
    known: string | undefined
  ): Promise<void> => {
    const reason = known ?? (await check(without(new Set(suspects))))
    if (reason === undefined) return
    const [only] = suspects
    if (only !== undefined && suspects.length === 1) {
      offenders.push({ backend: only, reason })
      return
    }
    const half = Math.ceil(suspects.length / 2)
    await search(suspects.slice(0, half), undefined)
    await search(suspects.slice(half), undefined)
  }
  await search(desired.backends, complaint)
  const bad = new Set(offenders.map(({ backend }) => backend))
  const rest = without(new Set(desired.backends.filter((backend) => !bad.has(backend))))
  const left = offenders.length === 0 ? complaint : await check(rest)
  // Each half loads by itself and both together do not: no backend can be blamed.
  return left === undefined ? { ok: true, desired: rest, offenders } : { ok: false, reason: left }
}

/** A section without servers that HAProxy surely loads. */
export function emptied({ name, settings }: DesiredBackend): DesiredBackend {
  const mode = settings.find((line) => /^\s*mode (tcp|http)\s*$/.test(line))
  return { name, settings: mode === undefined ? [] : [mode], serverWords: [], servers: [] }
}
