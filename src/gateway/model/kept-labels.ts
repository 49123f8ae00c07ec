import { parseAuth } from './guard-values.ts'
import { LABEL_PREFIX } from './label-definitions.ts'
import { insteadOfTemplate, maybeProtects } from './marathon-lb-templates.ts'

const AUTH = /(?:^|[._])auth$/i
const MARATHON_LB = /^HAPROXY_(?:\d{1,5}_)?(.*)$/s

/**
 * The labels that decide where requests go, fit to be written to a disk. Those of others may hold
 * anything, so they are left out; and of a label that is read, what may be a secret in the wrong place
 * (a password that is no hash, a template) is replaced by a text that means the same to the gateway: its
 * routes stay closed if they were.
 */
export function keptLabels(labels: ReadonlyMap<string, string>): [string, string][] {
  return [...labels].flatMap(([label, value]): [string, string][] => {
    const template = MARATHON_LB.exec(label)?.[1]
    if (!label.startsWith(LABEL_PREFIX) && template === undefined) return []
    if (AUTH.test(label)) return [[label, 'value' in parseAuth(value) ? value : '-']]
    if (template === undefined || insteadOfTemplate(template) === undefined) return [[label, value]]
    return [[label, maybeProtects(template, value) ? 'deny' : '-']]
  })
}
