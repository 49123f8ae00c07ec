import type { App } from './app.ts'
import type { LabelKey } from './label-definitions.ts'
import { parseGroups, parseServiceName } from './label-values.ts'
import type { AppLabels, LabelProblem, LabelRules, LabelScope, Said } from './labels.ts'
import { MOST_PORTS, saidFor, tooLong } from './labels.ts'
import type { MarathonLbDefinition, MarathonLbPort } from './marathon-lb-definitions.ts'
import { marathonLbDefinitions } from './marathon-lb-definitions.ts'
import { insteadOfTemplate, maybeProtects, saysHowToListen } from './marathon-lb-templates.ts'
import { nearestWord } from './nearest.ts'

const PREFIX = 'HAPROXY_'
const MOST_PROBLEMS = 50

/** What an app says in the language of marathon-lb. */
export interface MarathonLbApp {
  /** By port index; every port that one of its labels speaks about. */
  readonly ports: ReadonlyMap<number, MarathonLbPort>
  readonly deployment?: Deployment
}

/** Of two apps that are one service while one takes over from the other. */
export interface Deployment {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Instances that the newer one shall have in the end. */
  readonly target: number
}

interface Reading {
  readonly app: App
  readonly rules: LabelRules
  readonly native: AppLabels
  readonly defaultPort: number | undefined
  readonly scopes: Map<number, { said: Map<LabelKey, Said<unknown>>; closed: string | undefined }>
  readonly ports: Map<number, MarathonLbPort>
  readonly problems: LabelProblem[]
}

/** The labels with what those of marathon-lb add, or undefined when the app has none of these. */
export function withMarathonLb(
  app: App,
  native: AppLabels,
  defaultPort: number | undefined,
  rules: LabelRules
): { labels: AppLabels; marathonLb: MarathonLbApp; problems: readonly LabelProblem[] } | undefined {
  const own = [...app.labels].filter(([label]) => label.startsWith(PREFIX)).sort(byLabel)
  if (own.length === 0) return undefined
  const scopes: Reading['scopes'] = new Map()
  const reading = { app, rules, native, defaultPort, scopes, ports: new Map(), problems: [] }
  const appSaid = new Map(native.app.said)
  for (const [label, raw] of own) {
    const [, index, name = ''] = /^HAPROXY_(\d{1,5})_(.*)$/s.exec(label) ?? []
    if (index === undefined) readAppLabel(reading, label, raw, appSaid)
    else readPortLabel(reading, Number(index), name, label, raw)
  }
  const deployment = readDeployment(reading)
  return {
    labels: { ...native, app: { ...native.app, said: appSaid }, ports: merged(reading) },
    marathonLb: { ports: reading.ports, ...(deployment && { deployment }) },
    problems: reading.problems
  }
}

function byLabel([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}

function complain({ problems }: Reading, label: string, reason: string): void {
  if (problems.length < MOST_PROBLEMS) problems.push({ label: label.slice(0, 200), reason })
}

function readPortLabel(
  reading: Reading,
  index: number,
  name: string,
  label: string,
  raw: string
): void {
  if (index >= Math.min(reading.app.ports.length, MOST_PORTS)) {
    complain(reading, label, `the app has no port ${index}; the label is ignored`)
    return
  }
  const scope = scopeOf(reading, index)
  const definition = marathonLbDefinitions.get(name)
  if (definition !== undefined) readKnown(reading, index, definition, label, raw)
  else {
    const instead = insteadOfTemplate(name)
    const closes = instead !== undefined && maybeProtects(name, raw)
    const reason =
      instead === undefined ? unknownName(name) : `templates are not taken; use ${instead}`
    if (closes) scope.closed = `${label}: ${reason}`
    if (saysHowToListen(name)) withhold(reading, index, label, reason)
    complain(reading, label, closes ? `${reason}; its routes are closed` : reason)
  }
}

function withhold({ ports }: Reading, index: number, label: string, reason: string): void {
  ports.set(index, { ...ports.get(index), unopened: `${label}: ${reason}` })
}

function unknownName(name: string): string {
  const nearest = nearestWord(name, marathonLbDefinitions.keys())
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}?`
  return `marathon-lb has no such label${hint}; it is ignored`
}

function scopeOf({ scopes, ports }: Reading, index: number) {
  const scope = scopes.get(index) ?? { said: new Map<LabelKey, Said<unknown>>(), closed: undefined }
  scopes.set(index, scope)
  if (!ports.has(index)) ports.set(index, {})
  return scope
}

function readKnown(
  reading: Reading,
  index: number,
  definition: MarathonLbDefinition,
  label: string,
  raw: string
): void {
  const { native, protective } = definition
  const said = native === '' ? undefined : nativeSaid(reading, index, native)
  if (said !== undefined) {
    complain(reading, label, `${said.label} says the same and counts; this label is ignored`)
    return
  }
  const scope = scopeOf(reading, index)
  const long = tooLong(raw, reading.rules)
  const parsed =
    long === undefined
      ? definition.parse(raw, reading.rules)
      : { value: undefined, problems: [long] }
  for (const [key, value] of Object.entries(parsed.value?.said ?? {})) {
    scope.said.set(key as LabelKey, { value, label })
  }
  reading.ports.set(index, { ...reading.ports.get(index), ...parsed.value?.own })
  const isWrong = parsed.value === undefined
  if (isWrong && definition.listens) withhold(reading, index, label, parsed.problems.join('; '))
  const closes = protective && isWrong
  if (closes) scope.closed = `${label}: ${parsed.problems.join('; ')}`
  for (const problem of parsed.problems) {
    complain(reading, label, closes ? `${problem}; its routes are closed` : problem)
  }
}

function nativeSaid(reading: Reading, index: number, key: LabelKey): Said<unknown> | undefined {
  if (key === 'group') return reading.native.app.said.get('group')
  return saidFor(reading.native, { index, isDefault: index === reading.defaultPort }, key)
}

const DEPLOYMENT = 'HAPROXY_DEPLOYMENT_'
const DEPLOYMENT_LABELS: ReadonlySet<string> = new Set(
  ['GROUP', 'ALT_PORT', 'COLOUR', 'STARTED_AT', 'TARGET_INSTANCES', 'NEW_INSTANCES'].map(
    (name) => DEPLOYMENT + name
  )
)

function readAppLabel(
  reading: Reading,
  label: string,
  raw: string,
  said: Map<LabelKey, Said<unknown>>
): void {
  if (label === 'HAPROXY_APP_ID' || DEPLOYMENT_LABELS.has(label)) return
  if (label !== 'HAPROXY_GROUP') {
    complain(reading, label, 'marathon-lb has no such label; it is ignored')
    return
  }
  const native = said.get('group')
  if (native !== undefined) {
    complain(reading, label, `${native.label} says the same and counts; this label is ignored`)
    return
  }
  const { value, problems } = parseGroups(raw)
  if (value !== undefined) said.set('group', { value, label })
  for (const problem of problems) complain(reading, label, problem)
}

/** The apps of one deployment group are one service; each port with hosts is one of its own. */
function readDeployment(reading: Reading): Deployment | undefined {
  const { app, scopes, defaultPort } = reading
  const label = `${DEPLOYMENT}GROUP`
  const raw = app.labels.get(label)
  if (raw === undefined) return undefined
  const { value: name, problems } = parseServiceName(raw.trim().replace(/^\//, '').toLowerCase())
  for (const problem of problems) complain(reading, label, `${problem}; the app stands alone`)
  if (name === undefined) return undefined
  for (const [index, { said }] of scopes) {
    const own = nativeSaid(reading, index, 'service')
    if (own !== undefined) {
      complain(reading, label, `${own.label} says the same and counts; this label is ignored`)
    } else if (index === defaultPort || said.has('hosts')) {
      const value = index === defaultPort ? name : `${name}-${index}`
      said.set('service', { value, label })
    }
  }
  return deploymentOf(app)
}

function deploymentOf(app: App): Deployment | undefined {
  const startedAt = Date.parse(app.labels.get(`${DEPLOYMENT}STARTED_AT`) ?? '')
  const target = Number(app.labels.get(`${DEPLOYMENT}TARGET_INSTANCES`) ?? Number.NaN)
  return Number.isFinite(startedAt) && target >= 0 ? { startedAt, target } : undefined
}

function merged({ native, scopes }: Reading): Map<number, LabelScope> {
  const ports = new Map(native.ports)
  for (const [index, { said, closed }] of scopes) {
    const own = native.ports.get(index)
    ports.set(index, {
      said: new Map([...said, ...(own?.said ?? [])]),
      plugins: own?.plugins ?? new Map(),
      closed: own?.closed ?? closed
    })
  }
  return ports
}
