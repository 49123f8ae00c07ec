import type { App } from './app.ts'
import type { RoutingSettings } from './compile.ts'
import type { LabelKey, LabelValues } from './label-definitions.ts'
import type { AppLabels, LabelRules, Said } from './labels.ts'
import { readLabels, saidFor } from './labels.ts'
import type { MarathonLbApp } from './marathon-lb-labels.ts'
import { withMarathonLb } from './marathon-lb-labels.ts'
import type { Problem } from './problem.ts'
import type { Origin, ServiceId } from './route.ts'
import type { Override } from './snapshot.ts'

/** One app with its labels read. */
export interface AppFacts {
  readonly source: string
  readonly app: App
  /** Id of the Marathon group the app is in: `/` or `/shop`. */
  readonly parent: string
  readonly labels: AppLabels
  /** What labels of marathon-lb say beyond the others; absent: there are none. */
  readonly marathonLb?: MarathonLbApp
  readonly override: Override | undefined
  /** Index of the port that labels without a port speak about; undefined: there is no TCP port. */
  readonly defaultPort: number | undefined
  /** Of the app as a whole, for facts that no label said. */
  readonly origin: Origin
  readonly problems: readonly Problem[]
}

/** The id of the service for one port of an app. */
export function serviceIdOf(source: string, app: string, port: number): ServiceId {
  return `${source}:${app}:${port}`
}

/** `/shop` for `/shop/api`, `/` for `/myapp`. */
export function parentOf(app: string): string {
  const slash = app.lastIndexOf('/')
  return slash <= 0 ? '/' : app.slice(0, slash)
}

/** Reads the labels of one app. Depends on nothing but its arguments, so its result can be kept. */
export function readApp(
  source: string,
  given: App,
  rules: LabelRules,
  override: Override | undefined
): AppFacts {
  const native = readLabels(given, rules)
  const problems: Problem[] = native.problems.map((problem) => ({
    source,
    app: given.id,
    ...problem
  }))
  const port = native.app.said.get('port') as Said<string> | undefined
  const app = withLiteralPort(given, port?.value)
  const { index, problem } = defaultPortOf(app, app === given ? port?.value : undefined)
  if (problem !== undefined) {
    problems.push({ source, app: app.id, label: port?.label ?? 'gateway.port', reason: problem })
  }
  const lb =
    rules.settings?.marathonLb === false ? undefined : withMarathonLb(app, native, index, rules)
  for (const one of lb?.problems ?? []) problems.push({ source, app: app.id, ...one })
  return {
    source,
    app,
    parent: parentOf(app.id),
    labels: lb?.labels ?? native,
    ...(lb !== undefined && { marathonLb: lb.marathonLb }),
    override,
    defaultPort: index,
    origin: { source, app: app.id },
    problems
  }
}

/** What the labels say for one port. */
export function saidOf<Key extends LabelKey>(
  facts: AppFacts,
  index: number,
  key: Key
): Said<LabelValues[Key]> | undefined {
  return saidFor(facts.labels, { index, isDefault: index === facts.defaultPort }, key)
}

/** Index of the port with this index or name; undefined when there is none. */
export function portIndexOf(app: App, ref: string): number | undefined {
  const named = app.ports.findIndex((port) => port.name === ref)
  if (named !== -1) return named
  const index = /^\d{1,5}$/.test(ref) ? Number(ref) : Number.NaN
  return index < app.ports.length ? index : undefined
}

/** Whether this gateway serves the app's `gateway.group`; of marathon-lb, a port may have its own. */
export function isInGroups(
  { labels }: AppFacts,
  index: number,
  groups: RoutingSettings['groups']
): boolean {
  if (groups.length === 0 || groups.includes('*')) return true
  const own = labels.ports.get(index)?.said.get('group') ?? labels.app.said.get('group')
  const said = own as Said<readonly string[]> | undefined
  if (said === undefined) return groups.includes('')
  return said.value.some((group) => groups.includes(group))
}

/** Whether the app, by a label or by the operator, may be reached at all on this port. */
export function isEnabled(facts: AppFacts, index: number): boolean {
  return facts.override?.enabled ?? saidOf(facts, index, 'enabled')?.value ?? true
}

/** A label or the operator asks for routes (`routing.expose: labelled`). */
export function asksForRoutes(facts: AppFacts): boolean {
  const scopes = [facts.labels.app, ...facts.labels.ports.values()]
  return (
    facts.override?.enabled === true ||
    scopes.some(
      ({ said }) => said.get('enabled')?.value === true || said.has('hosts') || said.has('path')
    )
  )
}

/** A container with an address of its own has every port, so the label may name one outright. */
function withLiteralPort(app: App, ref: string | undefined): App {
  const port = ref !== undefined && /^\d{1,5}$/.test(ref) ? Number(ref) : 0
  const fits = app.networkMode === 'container' && app.ports.length === 0
  if (!fits || port < 1 || port > 65_535) return app
  const literal = { protocol: 'tcp', containerPort: port, hasHostPort: false } as const
  return { ...app, ports: [{ ...literal, labels: new Map() }] }
}

function defaultPortOf(
  app: App,
  ref: string | undefined
): { index: number | undefined; problem?: string } {
  const first = app.ports.findIndex(({ protocol }) => protocol !== 'udp')
  const fallback = first === -1 ? undefined : first
  if (ref === undefined) return { index: fallback }
  const index = portIndexOf(app, ref)
  if (index !== undefined && app.ports[index]?.protocol !== 'udp') return { index }
  const what = index === undefined ? 'the app has no such port' : 'that port is not TCP'
  const then = fallback === undefined ? 'there is no TCP port' : `port ${fallback} is taken instead`
  return { index: fallback, problem: `${what}; ${then}` }
}
