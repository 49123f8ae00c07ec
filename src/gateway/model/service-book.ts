import type { AppFacts } from './app-facts.ts'
import { serviceIdOf } from './app-facts.ts'
import type { PortPolicy } from './port-policy.ts'
import type { Problem } from './problem.ts'
import type { Service, ServiceId } from './route.ts'

export interface BookEntry {
  readonly id: ServiceId
  readonly policy: PortPolicy
  readonly service: Service
}

/** The services that one part of the compilation leads to: each is made when it is first asked for. */
export interface ServiceBook {
  readonly problems: Problem[]
  /** The service of one port of an app. */
  serviceOf(facts: AppFacts, index: number): BookEntry
  /** Whether the service is known: ready-made, or made for this part. */
  has(id: ServiceId): boolean
}

export function idOf({ facts, index }: { readonly facts: AppFacts; readonly index: number }) {
  return serviceIdOf(facts.source, facts.app.id, index)
}
