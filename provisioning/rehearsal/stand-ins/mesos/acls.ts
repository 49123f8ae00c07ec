/** One rule of Mesos' ACLs: who, and what. */
interface Entity {
  readonly type?: 'ANY' | 'NONE'
  readonly values?: readonly string[]
}

type Rule = Readonly<Record<string, Entity>>

/** `--acls`, as far as registrations and tasks are concerned. */
export interface Acls {
  readonly permissive?: boolean
  readonly register_agents?: readonly Rule[]
  readonly register_frameworks?: readonly Rule[]
  readonly run_tasks?: readonly Rule[]
}

export type Act = 'register_agents' | 'register_frameworks' | 'run_tasks'

function matches(entity: Entity | undefined, value: string): boolean {
  return entity?.type === 'ANY' || (entity?.values ?? []).includes(value)
}

/**
 * The first rule that names the principal decides (Mesos: authorization.md); where none does,
 * `permissive`, which is true by default.
 */
export function allows(
  acls: Acls,
  act: Act,
  who: string,
  object: { readonly key: string; readonly value: string }
): boolean {
  for (const rule of acls[act] ?? []) {
    const entity = rule[object.key]
    const concerns = entity?.type === 'NONE' || matches(entity, object.value)
    if (!matches(rule['principals'], who)) {
      // NONE for principals forbids the object to everybody.
      if (rule['principals']?.type === 'NONE' && concerns) return false
      continue
    }
    if (concerns) return entity?.type !== 'NONE'
  }
  return acls.permissive ?? true
}
