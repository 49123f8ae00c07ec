import type { AppFacts } from './app-facts.ts'
import { isEnabled, isInGroups, saidOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import type { MarathonLbPort } from './marathon-lb-definitions.ts'
import type { PortPolicy } from './port-policy.ts'
import type { ListenerFact, Service, ServiceListener } from './route.ts'

type Fields = Pick<Service, 'servicePort' | 'listener'>
type Protection = Pick<PortPolicy, 'closed' | 'guard' | 'hooks'>

/** The label of marathon-lb that says each fact of a listener: `HAPROXY_<index>_<name>`. */
const LABELS = {
  port: { name: 'PORT', of: 'servicePort' },
  mode: { name: 'MODE', of: 'mode' },
  address: { name: 'BIND_ADDR', of: 'address' },
  certificate: { name: 'SSL_CERT', of: 'certificate' }
} as const satisfies Record<ListenerFact, { name: string; of: keyof MarathonLbPort }>

/** Number of the service port of one port of an app: by label, else Marathon's. None for UDP alone. */
export function servicePortOf(facts: AppFacts, index: number): number | undefined {
  const port = facts.app.ports[index]
  if (port?.protocol === 'udp') return undefined
  return facts.marathonLb?.ports.get(index)?.servicePort ?? port?.servicePort
}

/** What a service says of its service port; nothing where the port shall not be reached at all. */
export function servicePortFields(
  facts: AppFacts,
  index: number,
  policy: Protection,
  { groups }: Pick<RoutingSettings, 'groups'>
): Fields {
  const servicePort = servicePortOf(facts, index)
  if (servicePort === undefined) return {}
  if (!isEnabled(facts, index) || !isInGroups(facts, index, groups)) return {}
  const own = facts.marathonLb?.ports.get(index) ?? {}
  const mode = modeOf(facts, index)
  const withheld = withheldBy(own, mode, policy)
  const labels = labelsOf(own, index)
  const { address, certificate } = own
  const listener: ServiceListener = {
    ...(mode !== undefined && { mode }),
    ...(address !== undefined && { address }),
    ...(certificate !== undefined && { certificate }),
    ...(withheld !== undefined && {
      withheld: `its service port ${servicePort} is not opened: ${withheld}`
    }),
    ...(Object.keys(labels).length > 0 && { labels })
  }
  return {
    ...(withheld === undefined && { servicePort }),
    ...(Object.keys(listener).length > 0 && { listener })
  }
}

/** Labels that ask for a service port of a certain kind, by name; `MODE: http` alone asks for none. */
export function listenerLabels({ mode, labels = {} }: ServiceListener = {}): readonly string[] {
  const asking = Object.entries(labels).filter(([fact]) => fact !== 'mode' || mode === 'tcp')
  return asking.map(([, label]) => label).sort()
}

/**
 * As marathon-lb has it: what the label says, else `http` for a port with hosts or with a health check
 * over HTTP. A port of an app without labels of marathon-lb is just bytes, as in the script before it.
 */
function modeOf(facts: AppFacts, index: number): ServiceListener['mode'] {
  if (facts.marathonLb === undefined) return undefined
  const said = facts.marathonLb.ports.get(index)?.mode
  if (said !== undefined) return said
  const hasHosts = saidOf(facts, index, 'hosts') !== undefined
  return hasHosts || facts.app.ports[index]?.httpCheck === true ? 'http' : undefined
}

/** Over TCP everybody would pass; over HTTP the guards hold, and a closed port answers 503. */
function withheldBy(
  { unopened }: MarathonLbPort,
  mode: ServiceListener['mode'],
  { closed, guard, hooks }: Protection
): string | undefined {
  if (unopened !== undefined) return unopened
  const isOpen = closed === undefined && guard === undefined && hooks === ''
  return mode === 'http' || isOpen ? undefined : 'a TCP listener would lead past its guards'
}

function labelsOf(own: MarathonLbPort, index: number): Partial<Record<ListenerFact, string>> {
  const said = Object.entries(LABELS).filter(([, { of }]) => own[of] !== undefined)
  return Object.fromEntries(said.map(([fact, { name }]) => [fact, `HAPROXY_${index}_${name}`]))
}
