import type { AppFacts } from './app-facts.ts'
import { serviceIdOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { cookieOf, endpointsOf } from './endpoints.ts'
import { parsePicker } from './label-values.ts'
import type { LabelRules } from './labels.ts'
import type { PortPolicy } from './port-policy.ts'
import { policyOf } from './port-policy.ts'
import type { Problem } from './problem.ts'
import type { ReadinessFacts } from './readiness.ts'
import type { Service, ServiceId } from './route.ts'
import { servicePortFields } from './service-port.ts'

export interface BookEntry {
  readonly id: ServiceId
  readonly policy: PortPolicy
}

/** Services of one compilation: each is made when a first route leads to it. */
export interface ServiceBook {
  readonly services: Map<ServiceId, Service>
  readonly problems: Problem[]
  /** The service of one port of an app. */
  serviceOf(facts: AppFacts, index: number): BookEntry
  /** A ready-made one. */
  add(service: Service): void
}

export function createServiceBook(
  rules: LabelRules,
  settings: RoutingSettings,
  readiness: Omit<ReadinessFacts, 'source' | 'policy'>
): ServiceBook {
  const services = new Map<ServiceId, Service>()
  const entries = new Map<ServiceId, BookEntry>()
  const picker = parsePicker(settings.picker, rules)
  const defaultPicker = picker.value ?? { picker: settings.picker }
  const problems: Problem[] = picker.problems.map((reason) => ({
    source: 'configuration',
    app: 'routing.picker',
    reason
  }))

  function serviceOf(facts: AppFacts, index: number): BookEntry {
    const id = serviceIdOf(facts.source, facts.app.id, index)
    const known = entries.get(id)
    if (known !== undefined) return known
    const { policy, problems: wrong } = policyOf(facts, index, rules, defaultPicker)
    problems.push(...wrong)
    const seen = { ...readiness, source: facts.source, policy: settings.unreachable }
    const stickyKey = policy.sticky === undefined ? undefined : settings.stickyKey
    services.set(id, {
      id,
      origin: facts.origin,
      ...endpointsOf(facts.app, index, seen, stickyKey),
      picker: policy.picker,
      ...(policy.hashOn !== undefined && { hashOn: policy.hashOn }),
      ...(policy.sticky !== undefined && { sticky: policy.sticky }),
      timeouts: policy.timeouts,
      ...(policy.probe !== undefined && { probe: policy.probe }),
      ...servicePortFields(facts, index, policy, settings)
    })
    const entry = { id, policy }
    entries.set(id, entry)
    return entry
  }

  function add(service: Service): void {
    const complain = (label: string | undefined, reason: string) => {
      const { source, file, app } = service.origin
      const where = file ?? app ?? service.id
      problems.push({ source, app: where, ...(label !== undefined && { label }), reason })
    }
    if (services.has(service.id)) {
      complain(undefined, `another service has the id ${service.id} already; this one is left out`)
      return
    }
    const known = rules.pickers.has(service.picker)
    if (!known && service.picker !== '') {
      complain('picker', `${service.picker} is no picker; ${settings.picker} is taken instead`)
    }
    const endpoints = withCookies(service, settings)
    services.set(service.id, { ...service, ...(!known && defaultPicker), endpoints })
  }
  return { services, problems, serviceOf, add }
}

/** A source does not know the secret that the values are made with. */
function withCookies(
  { sticky, endpoints }: Service,
  { stickyKey }: RoutingSettings
): Service['endpoints'] {
  if (sticky === undefined) return endpoints
  return endpoints.map((one) => ({ ...one, cookie: cookieOf(stickyKey, one.taskId) }))
}
