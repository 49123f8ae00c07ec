import type { DesiredBackend } from '../desired.ts'
import { OWN_PREFIX, shortHash } from './names.ts'

/** Begins the names of `defaults` sections that say the settings of one kind of backends. */
export const DEFAULTS_PREFIX = `${OWN_PREFIX}kind-`

/** Lines that HAProxy takes in backends only. */
const NOT_IN_DEFAULTS = /^use-server /

/** Names `defaults` sections by what they say. */
export interface DefaultsNames {
  /** As a backend has it: without one where settings can't be said in `defaults`. */
  of(settings: readonly string[]): Pick<DesiredBackend, 'defaults'>
}

/** Of thousands of backends most have the settings of others: each kind is named once. */
export function createDefaultsNames(): DefaultsNames {
  const known = new Map<string, Pick<DesiredBackend, 'defaults'>>()
  return {
    of(settings) {
      const kind = settings.join('\n')
      const found = known.get(kind) ?? nameOf(settings, kind)
      known.set(kind, found)
      return found
    }
  }
}

function nameOf(settings: readonly string[], kind: string): Pick<DesiredBackend, 'defaults'> {
  if (settings.some((line) => NOT_IN_DEFAULTS.test(line))) return {}
  return { defaults: `${DEFAULTS_PREFIX}${shortHash(kind, 20)}` }
}
