import { fieldsOf, quote } from './read-values.ts'

const MAX_LABELS = 1024
const MAX_KEY_LENGTH = 1024
const MAX_VALUE_LENGTH = 64 * 1024
const NONE: ReadonlyMap<string, string> = new Map()

/**
 * Labels of an app or a port. Labels of others that are too big or no strings are left out without
 * a word (package managers keep whole icons in labels). One of ours that can't be read makes the
 * whole owner unreadable, for a lost protective label would open a route.
 *
 * @returns the labels, or a sentence that says which of our labels is wrong
 */
export function parseLabels(value: unknown): ReadonlyMap<string, string> | string {
  const fields = fieldsOf(value)
  if (fields === undefined) return NONE
  const labels = new Map<string, string>()
  for (const key of Object.keys(fields)) {
    const ours = key.startsWith('gateway.') || key.startsWith('HAPROXY_')
    const text = fields[key]
    if (fits(key, text) && labels.size < MAX_LABELS) labels.set(key, text)
    else if (ours) return wrongLabel(key, text)
  }
  return labels.size === 0 ? NONE : labels
}

function fits(key: string, text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_VALUE_LENGTH && key.length <= MAX_KEY_LENGTH
}

function wrongLabel(key: string, text: unknown): string {
  const expected = `a string of at most ${MAX_VALUE_LENGTH} characters, in an app of at most ${MAX_LABELS} labels`
  return `label ${quote(key)} is not usable (expected ${expected}), found ${quote(text)}`
}
