import type { RoutingSettings } from './compile.ts'
import { cookieOf } from './endpoints.ts'
import { type PickerChoice, parsePicker } from './label-values.ts'
import type { LabelRules } from './labels.ts'
import type { Problem } from './problem.ts'
import type { Service, ServiceId } from './route.ts'

/** The picker of services that name none. */
export function defaultPickerOf(
  settings: RoutingSettings,
  rules: LabelRules
): { choice: PickerChoice; problems: readonly Problem[] } {
  const picker = parsePicker(settings.picker, rules)
  return {
    choice: picker.value ?? { picker: settings.picker },
    problems: picker.problems.map((reason) => ({
      source: 'configuration',
      app: 'routing.picker',
      reason
    }))
  }
}

/** The services that sources give ready-made, complete. */
export function readyServices(
  given: Iterable<Service>,
  rules: LabelRules,
  settings: RoutingSettings,
  defaultPicker: PickerChoice
): { services: ReadonlyMap<ServiceId, Service>; problems: readonly Problem[] } {
  const services = new Map<ServiceId, Service>()
  const problems: Problem[] = []
  for (const service of given) {
    if (services.has(service.id)) {
      const reason = `another service has the id ${service.id} already; this one is left out`
      problems.push(problemOf(service, undefined, reason))
      continue
    }
    const known = rules.pickers.has(service.picker)
    if (!known && service.picker !== '') {
      const reason = `${service.picker} is no picker; ${settings.picker} is taken instead`
      problems.push(problemOf(service, 'picker', reason))
    }
    const endpoints = withCookies(service, settings)
    services.set(service.id, { ...service, ...(!known && defaultPicker), endpoints })
  }
  return { services, problems }
}

function problemOf({ id, origin }: Service, label: string | undefined, reason: string): Problem {
  const { source, file, app } = origin
  return { source, app: file ?? app ?? id, ...(label !== undefined && { label }), reason }
}

/** A source does not know the secret that the values are made with. */
function withCookies(
  { sticky, endpoints }: Service,
  { stickyKey }: RoutingSettings
): Service['endpoints'] {
  if (sticky === undefined) return endpoints
  return endpoints.map((one) => ({ ...one, cookie: cookieOf(stickyKey, one.taskId) }))
}
