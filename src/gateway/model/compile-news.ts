import type { CompileInput } from './compile.ts'
import { LayeredMap } from './layered-map.ts'
import type { HealthMemory } from './readiness.ts'
import type { Steps } from './steps.ts'

/** Whether labels mean what they meant before. */
export function hasSameRules(last: CompileInput, input: CompileInput): boolean {
  return (
    last.settings === input.settings &&
    last.ownAddresses === input.ownAddresses &&
    last.labelSchemas === input.labelSchemas &&
    differing(last.pickers, input.pickers).length === 0 &&
    differing(last.hookSets, input.hookSets).length === 0
  )
}

/** Ids of the tasks of which something else is known than what their app says of them. */
export function* changedTasks(last: CompileInput, input: CompileInput): Steps<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (const marks of ['ending', 'leaving', 'unreachable'] as const) {
    for (const id of differing(last[marks], input[marks])) ids.add(id)
  }
  for (const key of changedHealth(last.health, input.health)) {
    ids.add(key.slice(key.indexOf(' ') + 1))
    yield
  }
  return ids
}

function differing(a: ReadonlySet<string>, b: ReadonlySet<string>): readonly string[] {
  if (a === b) return []
  return [...[...a].filter((one) => !b.has(one)), ...[...b].filter((one) => !a.has(one))]
}

function changedHealth(a: HealthMemory, b: HealthMemory): Iterable<string> {
  if (a === b) return []
  if (a instanceof LayeredMap && b instanceof LayeredMap) return a.changedKeys(b)
  return [...a.keys(), ...b.keys()].filter((key) => a.get(key) !== b.get(key))
}
