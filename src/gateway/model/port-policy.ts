import type { AppFacts } from './app-facts.ts'
import { saidOf } from './app-facts.ts'
import { ejectionOf } from './ejection-values.ts'
import type { LabelKey } from './label-definitions.ts'
import type { PickerChoice } from './label-values.ts'
import type { LabelRules } from './labels.ts'
import { probeOf } from './probe-values.ts'
import type { Problem } from './problem.ts'
import type { Guard, Origin, Probe, Route, Service, Timeouts } from './route.ts'

/** How requests to one port of an app are treated. */
export interface PortPolicy
  extends Pick<Service, 'picker' | 'timeouts' | 'ejection' | 'slowStartMs' | 'holdMs'>,
    Pick<Route, 'priority' | 'upgrade' | 'hooks' | 'settings' | 'guard' | 'hsts'> {
  readonly hashOn?: NonNullable<Service['hashOn']>
  readonly sticky?: string
  readonly probe?: Probe
  readonly weight: number
  readonly closed?: string
  /** Where each fact came from; facts that nobody stated are left out. */
  readonly origins: Readonly<Record<string, Origin>>
}

const POLICY_KEYS = [
  'weight',
  'picker',
  'sticky',
  'priority',
  'upgrade',
  'hooks',
  'networks',
  'auth',
  'https',
  'hsts',
  'timeout.connect',
  'timeout.first-byte',
  'timeout.idle',
  'probe',
  'probe.interval',
  'probe.timeout',
  'ejection',
  'ejection.statuses',
  'slow-start',
  'hold'
] as const satisfies readonly LabelKey[]

/** The policy of port `index`, from its labels, the app's and the operator's override. */
export function policyOf(
  facts: AppFacts,
  index: number,
  rules: LabelRules,
  defaultPicker: PickerChoice
): { policy: PortPolicy; problems: readonly Problem[] } {
  const { override } = facts
  const plugins = pluginSettings(facts, index, rules)
  const closed =
    facts.labels.app.closed ?? facts.labels.ports.get(index)?.closed ?? plugins.problems[0]?.reason
  const choice = saidOf(facts, index, 'picker')?.value ?? defaultPicker
  const sticky = saidOf(facts, index, 'sticky')?.value
  const guard = guardOf(facts, index)
  const hsts = saidOf(facts, index, 'hsts')?.value
  const probe = probeIn(facts, index)
  const ejection = ejectionIn(facts, index)
  const policy: PortPolicy = {
    picker: choice.picker,
    ...(choice.hashOn !== undefined && { hashOn: choice.hashOn }),
    ...(sticky && { sticky }),
    timeouts: timeoutsOf(facts, index),
    ...(probe !== undefined && { probe }),
    ...(ejection !== undefined && { ejection }),
    ...startOf(facts, index),
    priority: override?.priority ?? saidOf(facts, index, 'priority')?.value ?? 0,
    upgrade: saidOf(facts, index, 'upgrade')?.value ?? 'websocket',
    hooks: saidOf(facts, index, 'hooks')?.value ?? '',
    weight: override?.weight ?? saidOf(facts, index, 'weight')?.value ?? 1,
    ...(closed !== undefined && { closed }),
    ...(guard !== undefined && { guard }),
    ...(hsts !== undefined && { hsts }),
    settings: plugins.settings,
    origins: originsOf(facts, index)
  }
  return { policy, problems: plugins.problems }
}

/** What is done about tasks that begin. */
function startOf(facts: AppFacts, index: number): Pick<PortPolicy, 'slowStartMs' | 'holdMs'> {
  const slowStartMs = saidOf(facts, index, 'slow-start')?.value
  const holdMs = saidOf(facts, index, 'hold')?.value
  return {
    ...(slowStartMs !== undefined && { slowStartMs }),
    ...(holdMs !== undefined && { holdMs })
  }
}

function guardOf(facts: AppFacts, index: number): Guard | undefined {
  const networks = saidOf(facts, index, 'networks')?.value
  const auth = saidOf(facts, index, 'auth')?.value
  const https = saidOf(facts, index, 'https')?.value
  if (networks === undefined && auth === undefined && https === undefined) return undefined
  return {
    ...(networks !== undefined && { networks }),
    ...(auth !== undefined && { auth }),
    ...(https !== undefined && { https })
  }
}

function timeoutsOf(facts: AppFacts, index: number): Timeouts {
  const connectMs = saidOf(facts, index, 'timeout.connect')?.value
  const firstByteMs = saidOf(facts, index, 'timeout.first-byte')?.value
  const idleMs = saidOf(facts, index, 'timeout.idle')?.value
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(firstByteMs !== undefined && { firstByteMs }),
    ...(idleMs !== undefined && { idleMs })
  }
}

function probeIn(facts: AppFacts, index: number): Probe | undefined {
  return probeOf({
    target: saidOf(facts, index, 'probe')?.value,
    intervalMs: saidOf(facts, index, 'probe.interval')?.value,
    timeoutMs: saidOf(facts, index, 'probe.timeout')?.value
  })
}

function ejectionIn(facts: AppFacts, index: number): Service['ejection'] {
  const after = saidOf(facts, index, 'ejection')?.value
  return ejectionOf(after, saidOf(facts, index, 'ejection.statuses')?.value)
}

function originsOf(facts: AppFacts, index: number): Record<string, Origin> {
  const origins: Record<string, Origin> = {}
  for (const key of POLICY_KEYS) {
    const said = saidOf(facts, index, key)
    if (said !== undefined) origins[key] = { ...facts.origin, label: said.label }
  }
  const { override } = facts
  if (override?.weight !== undefined) origins['weight'] = byFile(facts, override.file)
  if (override?.priority !== undefined) origins['priority'] = byFile(facts, override.file)
  return origins
}

function byFile(facts: AppFacts, file: string): Origin {
  return { source: facts.source, app: facts.app.id, file }
}

/** A plugin's labels of the app hold for all its ports; a port's own go first, key by key. */
function pluginSettings(
  facts: AppFacts,
  index: number,
  rules: LabelRules
): { settings: Readonly<Record<string, unknown>>; problems: Problem[] } {
  const fromApp = facts.labels.app.plugins
  const fromPort = facts.labels.ports.get(index)?.plugins
  const entries: [string, unknown][] = []
  const problems: Problem[] = []
  for (const [plugin, schema] of rules.labelSchemas) {
    const values = [...(fromApp.get(plugin) ?? []), ...(fromPort?.get(plugin) ?? [])]
    if (values.length === 0) continue
    const checked = checkSafely(schema, Object.fromEntries(values))
    if ('values' in checked) entries.push([plugin, checked.values])
    else problems.push(closedBy(facts, plugin, checked.problem))
  }
  return { settings: Object.fromEntries(entries), problems }
}

function closedBy(facts: AppFacts, plugin: string, problem: string): Problem {
  const label = `gateway.${plugin}`
  return {
    source: facts.source,
    app: facts.app.id,
    label,
    reason: `${problem}; its routes are closed`
  }
}

/** The check is a plugin's code: what it throws is a problem of this app, never of all. */
function checkSafely(
  schema: {
    check(values: Readonly<Record<string, string>>): { values: unknown } | { problem: string }
  },
  values: Readonly<Record<string, string>>
): { values: unknown } | { problem: string } {
  try {
    return schema.check(values)
  } catch (error) {
    return { problem: `the plugin failed on these labels: ${String(error)}` }
  }
}
