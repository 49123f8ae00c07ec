import type { App, AppPort } from './app.ts'
import type { PluginLabels } from './compile.ts'
import type { LabelDefinition, LabelKey, LabelValues } from './label-definitions.ts'
import { isLabelKey, LABEL_PREFIX, labelDefinitions, labelKeys } from './label-definitions.ts'
import type { LabelContext } from './label-values.ts'
import { limitsOf, quote } from './label-values.ts'
import { nearestWord } from './nearest.ts'

export const MOST_PORTS = 100
const MOST_PROBLEMS = 50

export interface LabelRules extends LabelContext {
  readonly labelSchemas: ReadonlyMap<string, PluginLabels>
}

/** What is wrong with the length of a value; undefined: nothing. */
export function tooLong(raw: string, rules: LabelContext): string | undefined {
  const { labelBytes } = limitsOf(rules)
  if (raw.length <= labelBytes) return undefined
  return `longer than ${labelBytes} characters (routing.limits.labelBytes)`
}

/** A value and the label that said it. */
export interface Said<Value> {
  readonly value: Value
  readonly label: string
}

export interface LabelProblem {
  readonly label: string
  readonly reason: string
}

/** What the labels of one place say: of the app, or of one port. */
export interface LabelScope {
  readonly said: ReadonlyMap<LabelKey, Said<unknown>>
  /** By plugin, then by key. */
  readonly plugins: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Why the routes of this place are closed. */
  readonly closed: string | undefined
}

export interface AppLabels {
  readonly app: LabelScope
  readonly ports: ReadonlyMap<number, LabelScope>
  readonly problems: readonly LabelProblem[]
}

interface OpenScope {
  said: Map<LabelKey, Said<unknown>>
  plugins: Map<string, Map<string, string>>
  closed: string | undefined
}

interface Reading {
  readonly rules: LabelRules
  readonly portNames: ReadonlyMap<string, number>
  readonly portCount: number
  readonly app: OpenScope
  readonly ports: Map<number, OpenScope>
  readonly problems: LabelProblem[]
}

/** Reads all labels that begin with `gateway.`; never throws, whatever they hold. */
export function readLabels(app: App, rules: LabelRules): AppLabels {
  const ports = app.ports.slice(0, MOST_PORTS)
  const reading: Reading = {
    rules,
    portNames: namesOf(ports),
    portCount: ports.length,
    app: emptyScope(),
    ports: new Map(),
    problems: []
  }
  // Port labels come last, so that `gateway.<port>.…` of the app goes first.
  for (const [label, raw] of ownLabels(app.labels)) readAppLabel(reading, label, raw)
  for (const [index, port] of ports.entries()) {
    for (const [label, raw] of ownLabels(port.labels)) readPortLabel(reading, index, label, raw)
  }
  const left = reading.problems.length - MOST_PROBLEMS
  const problems = reading.problems.slice(0, MOST_PROBLEMS)
  if (left > 0) problems.push({ label: LABEL_PREFIX, reason: `${left} further problems of labels` })
  return { app: reading.app, ports: reading.ports, problems }
}

/** What holds for one port: its own labels, else those of the app that speak for it. */
export function saidFor<Key extends LabelKey>(
  labels: AppLabels,
  port: { readonly index: number; readonly isDefault: boolean },
  key: Key
): Said<LabelValues[Key]> | undefined {
  const own = labels.ports.get(port.index)?.said.get(key)
  const { scope } = labelDefinitions[key]
  const fromApp = scope === 'inherited' || port.isDefault ? labels.app.said.get(key) : undefined
  return (own ?? fromApp) as Said<LabelValues[Key]> | undefined
}

/** Sorted, so that the result does not depend on the order of a JSON object. */
function ownLabels(labels: ReadonlyMap<string, string>): [string, string][] {
  const own = [...labels].filter(([label]) => label.startsWith(LABEL_PREFIX))
  return own.sort(([a], [b]) => (a < b ? -1 : 1))
}

function namesOf(ports: readonly AppPort[]): Map<string, number> {
  const names = new Map<string, number>()
  for (const [index, { name }] of ports.entries()) {
    if (name !== undefined && !names.has(name)) names.set(name, index)
  }
  return names
}

function emptyScope(): OpenScope {
  return { said: new Map(), plugins: new Map(), closed: undefined }
}

function scopeOf(reading: Reading, index: number): OpenScope {
  const known = reading.ports.get(index)
  if (known !== undefined) return known
  const scope = emptyScope()
  reading.ports.set(index, scope)
  return scope
}

function readAppLabel(reading: Reading, label: string, raw: string): void {
  const key = label.slice(LABEL_PREFIX.length)
  const dot = key.indexOf('.')
  const index = dot === -1 ? undefined : portOf(reading, key.slice(0, dot))
  if (isLabelKey(key)) readKnown(reading, reading.app, { key, label, raw })
  else if (readPlugin(reading, reading.app, key, label, raw)) return
  else if (index === undefined) complain(reading, label, unknownKey(reading, key))
  else readScoped(reading, index, key.slice(dot + 1), label, raw)
}

function readPortLabel(reading: Reading, index: number, label: string, raw: string): void {
  readScoped(reading, index, label.slice(LABEL_PREFIX.length), label, raw)
}

function readScoped(
  reading: Reading,
  index: number,
  key: string,
  label: string,
  raw: string
): void {
  if (!isLabelKey(key)) {
    if (readPlugin(reading, scopeOf(reading, index), key, label, raw)) return
    complain(reading, label, unknownKey(reading, key))
  } else if (labelDefinitions[key].scope === 'app') {
    complain(reading, label, `${key} belongs to the whole app; the label is ignored`)
  } else readKnown(reading, scopeOf(reading, index), { key, label, raw })
}

function portOf(reading: Reading, word: string): number | undefined {
  if (/^\d{1,5}$/.test(word)) {
    const index = Number(word)
    return index < reading.portCount ? index : undefined
  }
  return reading.portNames.get(word)
}

function readKnown(
  reading: Reading,
  scope: OpenScope,
  { key, label, raw }: { key: LabelKey; label: string; raw: string }
): void {
  if (scope.said.has(key)) {
    complain(reading, label, `another label says ${key} for this port already; ignored`)
    return
  }
  const definition: LabelDefinition<unknown> = labelDefinitions[key]
  const long = tooLong(raw, reading.rules)
  const parsed = long === undefined ? definition.parse(raw, reading.rules) : { problems: [long] }
  if ('value' in parsed) scope.said.set(key, { value: parsed.value, label })
  else if (definition.protective) scope.closed = `${label}: ${parsed.problems.join('; ')}`
  for (const problem of parsed.problems) {
    const closes = definition.protective ? '; its routes are closed' : ''
    complain(reading, label, `${problem}${closes}`)
  }
}

/** True when the key is one of a plugin that is loaded. */
function readPlugin(
  reading: Reading,
  scope: OpenScope,
  key: string,
  label: string,
  raw: string
): boolean {
  const dot = key.indexOf('.')
  const plugin = key.slice(0, dot)
  const schema = dot === -1 ? undefined : reading.rules.labelSchemas.get(plugin)
  if (schema === undefined) return false
  const name = key.slice(dot + 1)
  // A port may have the name of a plugin: its labels are those with a key of the gateway's own.
  if (!schema.keys.has(name) && isLabelKey(name) && reading.portNames.has(plugin)) return false
  const fault = schema.keys.has(name)
    ? tooLong(raw, reading.rules)
    : `the plugin ${plugin} knows no label ${quote(name)}${hint(name, schema.keys)}`
  if (fault !== undefined) {
    // A plugin's labels may protect the app, and this one was meant to say something.
    scope.closed = `${label}: ${fault}`
    complain(reading, label, `${fault}; its routes are closed`)
    return true
  }
  const values = scope.plugins.get(plugin) ?? new Map<string, string>()
  values.set(name, raw)
  scope.plugins.set(plugin, values)
  return true
}

function unknownKey(reading: Reading, key: string): string {
  // Nobody reads more; looking for near names costs time that a stranger could ask for.
  if (reading.problems.length >= MOST_PROBLEMS) return 'unknown label'
  const plugins = [...reading.rules.labelSchemas].flatMap(([plugin, { keys }]) =>
    [...keys].map((name) => `${plugin}.${name}`)
  )
  const dot = key.indexOf('.')
  const head = key.slice(0, dot)
  if (dot !== -1 && isLabelKey(key.slice(dot + 1))) {
    return `the app has no port ${quote(head)}; the label is ignored`
  }
  return `unknown label${hint(key, [...labelKeys, ...plugins])}; the label is ignored`
}

function hint(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, known)
  return nearest === undefined ? '' : `, did you mean ${quote(nearest)}?`
}

function complain(reading: Reading, label: string, reason: string): void {
  reading.problems.push({ label: label.slice(0, 200), reason })
}
