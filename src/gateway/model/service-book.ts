import type { AppFacts } from './app-facts.ts'
import { serviceIdOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { cookieOf, endpointsOf } from './endpoints.ts'
import type { LabelRules } from './labels.ts'
import type { PortPolicy } from './port-policy.ts'
import { policyOf } from './port-policy.ts'
import type { Problem } from './problem.ts'
import type { ReadinessFacts } from './readiness.ts'
import type { Service, ServiceId } from './route.ts'

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
  const problems: Problem[] = []

  function serviceOf(facts: AppFacts, index: number): BookEntry {
    const id = serviceIdOf(facts.source, facts.app.id, index)
    const known = entries.get(id)
    if (known !== undefined) return known
    const { policy, problems: wrong } = policyOf(facts, index, rules, settings.picker)
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
      timeouts: policy.timeouts
    })
    const entry = { id, policy }
    entries.set(id, entry)
    return entry
  }

  function add(service: Service): void {
    if (services.has(service.id)) {
      const { source, file, app } = service.origin
      const reason = `another service has the id ${service.id} already; this one is left out`
      problems.push({ source, app: file ?? app ?? service.id, reason })
      return
    }
    services.set(service.id, checkedService(service, rules, settings))
  }
  return { services, problems, serviceOf, add }
}

/** Fills in what a source can't know: the default picker, and the values of the sticky cookie. */
function checkedService(service: Service, rules: LabelRules, settings: RoutingSettings): Service {
  const picker = rules.pickers.has(service.picker) ? service.picker : settings.picker
  const endpoints =
    service.sticky === undefined
      ? service.endpoints
      : service.endpoints.map((endpoint) => ({
          ...endpoint,
          cookie: cookieOf(settings.stickyKey, endpoint.taskId)
        }))
  return { ...service, picker, endpoints }
}
