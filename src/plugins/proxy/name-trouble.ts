import type { LookupFunction } from 'node:net'
import { createTaskLookup } from '../../gateway/http/upstream/task-lookup.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'

/** Looks up agents that are known by name; the log tells when one is not found any more, and when it is again. */
export function lookupFor(log: Pick<GatewayHost['log'], 'warn' | 'info'>): LookupFunction {
  return createTaskLookup({
    onTrouble(name, trouble) {
      if (trouble === undefined) log.info({ name }, 'the name of an agent is found again')
      else
        log.warn({ name, err: trouble }, 'an agent is not found by name: its last address serves')
    }
  })
}
