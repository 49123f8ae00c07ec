import type { Capabilities } from './capabilities.ts'
import type { Step } from './step.ts'

/** Above this many changed entries a map is replaced as a whole, in one transaction. */
const FEW_ENTRIES = 50

type Entries = ReadonlyMap<string, string>
type Pair = readonly [key: string, value: string]

/** Steps from the entries a map has to those it shall have; none when they are the same. */
export function diffMap(
  map: string,
  running: Entries,
  wanted: Entries,
  { mapTransactions }: Capabilities
): Step[] {
  const add: Pair[] = []
  const set: Pair[] = []
  for (const [key, value] of wanted) {
    const before = running.get(key)
    if (before === undefined) add.push([key, value])
    else if (before !== value) set.push([key, value])
  }
  const del = running.size + add.length === wanted.size ? [] : extraKeys(running, wanted)
  const count = add.length + set.length + del.length
  if (count === 0) return []
  if (count > FEW_ENTRIES && mapTransactions) {
    return [{ do: 'replace-map', map, entries: [...wanted] }]
  }
  return [{ do: 'change-map', map, add, set, del }]
}

function extraKeys(running: Entries, wanted: Entries): string[] {
  return [...running.keys()].filter((key) => !wanted.has(key))
}
