import { ApiError } from './api-error.ts'
import type { AppDefinition } from './definition.ts'
import type { Embed } from './shape-app.ts'

const KNOWN: readonly Embed[] = [
  'tasks',
  'deployments',
  'counts',
  'readiness',
  'lastTaskFailure',
  'taskStats'
]
const PREFIX = /^(group\.apps|apps|app)\./

/** The parts a request asks for; unknown ones are ignored, `tasks` brings `deployments`. */
export function embedsOf(query: URLSearchParams, always: readonly Embed[]): Set<Embed> {
  const embeds = new Set(always)
  for (const given of query.getAll('embed')) {
    const name = given.replace(PREFIX, '')
    const known = KNOWN.find((embed) => embed === name)
    if (known) embeds.add(known)
    if (name === 'tasks') embeds.add('deployments')
    if (name === 'failures') {
      for (const part of ['lastTaskFailure', 'tasks', 'counts', 'deployments'] as const) {
        embeds.add(part)
      }
    }
  }
  return embeds
}

type Test = (labels: Readonly<Record<string, string>>) => boolean

const SELECTOR =
  /^\s*((?:[-A-Za-z0-9_.]|\\.)+)\s*(?:(==|!=)\s*((?:[-A-Za-z0-9_.]|\\.)*)|(in|notin)\s*\(([^)]*)\))?\s*$/

const plain = (value: string): string => value.replace(/\\(.)/g, '$1')

/** Commas separate selectors, except inside the brackets of `in (…)` or after a backslash. */
function splitSelectors(text: string): string[] {
  return text.match(/(?:\\.|\([^)]*\)|[^,])+/g) ?? []
}

function selectorOf(selector: string): Test {
  const match = SELECTOR.exec(selector)
  if (match === null) {
    throw new ApiError(400, { message: `Label selector '${selector}' could not be parsed` })
  }
  const [, rawName = '', operator, value = '', setOperator, list = ''] = match
  const name = plain(rawName)
  if (operator === '==') return (labels) => labels[name] === plain(value)
  if (operator === '!=') return (labels) => labels[name] !== plain(value)
  if (setOperator === undefined) return (labels) => Object.hasOwn(labels, name)
  const values = new Set(list.split(',').map((item) => plain(item.trim())))
  const inside: Test = (labels) => Object.hasOwn(labels, name) && values.has(labels[name] ?? '')
  if (setOperator === 'in') return inside
  return (labels) => !inside(labels)
}

/**
 * The filters of `GET /v2/apps`: `cmd`, `id`, `label`, all of which must hold.
 *
 * @throws ApiError 400 for a selector that cannot be read
 */
export function filterOf(query: URLSearchParams): (definition: AppDefinition) => boolean {
  const cmd = query.get('cmd')?.toLowerCase()
  const id = query.get('id')
  const label = query.get('label')
  const tests = label === null ? [] : splitSelectors(label).map(selectorOf)
  return (definition) => {
    if (cmd !== undefined && !definition.cmd?.toLowerCase().includes(cmd)) return false
    if (id !== null && !definition.id.includes(id)) return false
    return tests.every((test) => test(definition.labels))
  }
}

/** A boolean parameter: present without a value counts as true. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name)
  return value === null ? otherwise : value !== 'false'
}
