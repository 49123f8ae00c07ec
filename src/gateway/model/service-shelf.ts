import type { AppRef } from './app-book.ts'
import type { AppFacts } from './app-facts.ts'
import { serviceIdOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { endpointsOf } from './endpoints.ts'
import type { PickerChoice } from './label-values.ts'
import type { LabelRules } from './labels.ts'
import { policyOf } from './port-policy.ts'
import type { Problem } from './problem.ts'
import type { ProblemBook } from './problem-book.ts'
import { Moments, type ReadinessFacts } from './readiness.ts'
import type { LeftOut, Service, ServiceId } from './route.ts'
import type { BookEntry, ServiceBook } from './service-book.ts'
import { servicePortFields } from './service-port.ts'
import type { Steps } from './steps.ts'
import type { AddressCheck } from './task-addresses.ts'

export interface Making {
  readonly rules: LabelRules
  readonly settings: RoutingSettings
  readonly readiness: Omit<ReadinessFacts, 'source' | 'policy'>
  readonly defaultPicker: PickerChoice
  readonly check: AddressCheck
}

interface Made extends BookEntry {
  readonly problems: readonly Problem[]
}

/** A part of the compilation, as far as it leads to services. */
export interface Part {
  readonly services: Iterable<ServiceId>
}

const NO_PART: Part = { services: [] }

/** The services of apps, kept from one compilation to the next while some part leads to them. */
export class ServiceShelf {
  readonly #problems: ProblemBook
  readonly #made = new Map<ServiceId, Made>()
  /** How many parts lead to a service. */
  readonly #demand = new Map<ServiceId, number>()
  readonly #moments = new Map<ServiceId, { readonly app: AppRef; readonly moments: Moments }>()
  #touched = new Set<ServiceId>()

  constructor(problems: ProblemBook) {
    this.#problems = problems
  }

  /** Apps with a task whose readiness the passing time has changed. */
  *due(now: number): Iterable<AppRef> {
    for (const { app, moments } of this.#moments.values()) if (moments.passed(now)) yield app
  }

  /** What is asked for of this app from now on is made anew. */
  forget({ source, app }: AppFacts): void {
    for (const index of app.ports.keys()) {
      const id = serviceIdOf(source, app.id, index)
      if (!this.#made.delete(id)) continue
      this.#moments.delete(id)
      this.#touched.add(id)
    }
  }

  /** For one part; what it asks for is in `services`. */
  open(
    making: Making,
    known?: (id: ServiceId) => boolean
  ): ServiceBook & { services: Set<ServiceId> } {
    const services = new Set<ServiceId>()
    return {
      services,
      problems: [],
      serviceOf: (facts, index) => {
        const made = this.#serviceOf(facts, index, making)
        services.add(made.id)
        return made
      },
      has: (id) => services.has(id) || (known?.(id) ?? false)
    }
  }

  /** A part leads elsewhere now. */
  replace({ services: before }: Part = NO_PART, { services: after }: Part = NO_PART): void {
    for (const id of after) this.#count(id, 1)
    for (const id of before) this.#count(id, -1)
  }

  get(id: ServiceId): Service | undefined {
    return this.#demand.has(id) ? this.#made.get(id)?.service : undefined
  }

  /** Ids of services that came, went or were made anew since this was asked last. */
  *takeTouched(): Steps<ReadonlySet<ServiceId>> {
    const touched = this.#touched
    this.#touched = new Set()
    for (const id of touched) {
      if (!this.#demand.has(id)) {
        this.#made.delete(id)
        this.#moments.delete(id)
      }
      this.#problems.set(`service ${id}`, this.#made.get(id)?.problems ?? [])
      yield
    }
    return touched
  }

  #count(id: ServiceId, by: 1 | -1): void {
    const before = this.#demand.get(id) ?? 0
    if (before + by > 0) this.#demand.set(id, before + by)
    else this.#demand.delete(id)
    if (before === 0 || before + by === 0) this.#touched.add(id)
  }

  #serviceOf(facts: AppFacts, index: number, making: Making): Made {
    const id = serviceIdOf(facts.source, facts.app.id, index)
    const known = this.#made.get(id)
    if (known !== undefined) return known
    const { made, moments } = makeService(id, facts, index, making)
    this.#made.set(id, made)
    this.#touched.add(id)
    const app = { source: facts.source, id: facts.app.id }
    if (moments.some) this.#moments.set(id, { app, moments })
    return made
  }
}

function makeService(
  id: ServiceId,
  facts: AppFacts,
  index: number,
  { rules, settings, readiness, defaultPicker, check }: Making
): { made: Made; moments: Moments } {
  const { policy, problems } = policyOf(facts, index, rules, defaultPicker)
  const moments = new Moments()
  const seen = { ...readiness, source: facts.source, policy: settings.unreachable, moments }
  const stickyKey = policy.sticky === undefined ? undefined : settings.stickyKey
  const refused: LeftOut[] = []
  const service: Service = {
    id,
    origin: facts.origin,
    ...endpointsOf(facts.app, index, seen, { stickyKey, check, refused }),
    picker: policy.picker,
    ...(policy.hashOn !== undefined && { hashOn: policy.hashOn }),
    ...(policy.sticky !== undefined && { sticky: policy.sticky }),
    timeouts: policy.timeouts,
    ...(policy.probe !== undefined && { probe: policy.probe }),
    ...(policy.ejection !== undefined && { ejection: policy.ejection }),
    ...(policy.slowStartMs !== undefined && { slowStartMs: policy.slowStartMs }),
    ...(policy.holdMs !== undefined && { holdMs: policy.holdMs }),
    ...servicePortFields(facts, index, policy, settings)
  }
  const all = [...problems, ...refusalOf(facts, refused)]
  return { made: { id, policy, service, problems: all }, moments }
}

/** One problem for all tasks of a service: there may be thousands. */
function refusalOf({ source, app }: AppFacts, refused: readonly LeftOut[]): Problem[] {
  const [first] = refused
  if (first === undefined) return []
  const others = refused.length === 1 ? '' : `; so it is with ${refused.length - 1} other tasks`
  const reason = `task ${first.taskId} ${first.reason}${others}: no request goes there`
  return [{ source, app: app.id, reason }]
}
