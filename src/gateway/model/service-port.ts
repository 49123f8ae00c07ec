import type { AppFacts } from './app-facts.ts'
import type { PortPolicy } from './port-policy.ts'
import type { Service, ServiceListener } from './route.ts'

/** Number of the service port of one port of an app: by label, else Marathon's. */
export function servicePortOf(facts: AppFacts, index: number): number | undefined {
  return facts.marathonLb?.ports.get(index)?.servicePort ?? facts.app.ports[index]?.servicePort
}

/** Nothing for a port that is closed or guarded: its listener would let everybody pass. */
export function servicePortFields(
  facts: AppFacts,
  index: number,
  { closed, guard }: Pick<PortPolicy, 'closed' | 'guard'>
): Pick<Service, 'servicePort' | 'listener'> {
  const servicePort = servicePortOf(facts, index)
  if (servicePort === undefined || closed !== undefined || guard !== undefined) return {}
  const { mode, address, certificate } = facts.marathonLb?.ports.get(index) ?? {}
  const listener: ServiceListener = {
    ...(mode !== undefined && { mode }),
    ...(address !== undefined && { address }),
    ...(certificate !== undefined && { certificate })
  }
  return { servicePort, ...(Object.keys(listener).length > 0 && { listener }) }
}
