import { LRUCache } from 'lru-cache'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { RawHead, RoutingFields } from '../../gateway/http/hygiene.ts'
import type { HostLookup } from '../../gateway/model/resolve.ts'
import { isRoot } from '../../gateway/model/rewrite.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { Resolver } from '../../gateway/plugin.ts'
import type { FrontListener } from './front-listeners.ts'
import type { Guards, Refusal } from './guards.ts'
import { type Intake, isIntake, SERVER_OPTIONS, takeIn } from './intake.ts'
import { httpsLocation } from './own-answer.ts'
import type { Peer } from './peer.ts'

/** Strangers' hosts that are remembered per table; the least recent goes first. */
const REMEMBERED_HOSTS = 10_000
/** `X-Forwarded-For`, `-Proto`, `-Host` and `-Port`, on top of a client's fields. */
const HAPROXY_ADDS_FIELDS = 4

/** One request at the front door and what may become of it, whichever lane it came in by. */
export interface Visit {
  readonly peer: Peer
  /** The client went away. */
  readonly gone: boolean
  /** @param id of a fault in the log */
  refuse(name: GatewayErrorName, route?: Route, id?: string): void
  /** Sends the client elsewhere for good. */
  move(location: string, route: Route): void
  /** Answers `OPTIONS *`. */
  answerOptions(): void
  /** The client was gone before anything became of its request. */
  leave(route: Route): void
  /** Clean, with a route, and past its guards. */
  enter(intake: Intake): void
}

/** A request and its route, or what it is answered instead. */
export type Taken = ReturnType<typeof takeIn>

/** Decides who gets in, and where to: the same for all lanes. */
export interface Admission {
  apply(table: Table): void
  /** @param fields what a parser noted on its way, so that nobody has to look again */
  take(head: RawHead, listener: FrontListener, fields?: RoutingFields): Taken
  /** The guards of a route stand before its hooks and before any upgrade. */
  admit(visit: Visit, taken: Taken): void
}

export interface AdmissionParts {
  readonly resolvers: readonly Resolver[]
  readonly guards: Guards
  readonly maxTargetBytes: number
  readonly maxFields: number
  /** Port of the address with `https:`; undefined: there is none. */
  readonly httpsPort: number | undefined
  /** @returns the id of the fault in the log */
  noteFault(error: unknown, target: string): string
}

export function createAdmission(parts: AdmissionParts): Admission {
  const { guards, maxTargetBytes, maxFields, noteFault } = parts
  const resolvers = parts.resolvers.filter(({ find }) => find !== undefined)
  const ownLimits = { maxTargetBytes, maxFields }
  const haproxyLimits = { maxTargetBytes, maxFields: maxFields + HAPROXY_ADDS_FIELDS }
  let table: Table | undefined
  const hostCache = new LRUCache<string, HostLookup>({ max: REMEMBERED_HOSTS })

  function guard(visit: Visit, taken: Intake): void {
    const { route, facts, clean } = taken
    const decide = (name: Refusal): void => {
      if (visit.gone) visit.leave(route)
      else if (name === 'insecure') turnToHttps(visit, taken)
      else if (name !== undefined) visit.refuse(name, route)
      else pass(visit, taken)
    }
    const failed = (error: unknown): void => {
      visit.refuse('internal', route, noteFault(error, clean.target))
    }
    const refusal = guards.refusalOf(route.guard ?? {}, facts, visit.peer)
    if (refusal instanceof Promise) void refusal.then(decide).catch(failed)
    else decide(refusal)
  }

  function decide(visit: Visit, taken: Taken): void {
    if (taken === SERVER_OPTIONS) visit.answerOptions()
    else if ('error' in taken) visit.refuse(taken.error, undefined, taken.id)
    else if (taken.route.closed !== undefined) visit.refuse('guardInvalid', taken.route)
    else if (taken.route.guard === undefined) pass(visit, taken)
    else guard(visit, taken)
  }

  /** Where somebody in front has TLS; without, nothing is served in the clear either. */
  function turnToHttps(visit: Visit, { clean, route }: Intake): void {
    const location = httpsLocation(clean, parts.httpsPort)
    if (location === undefined) visit.refuse('guardInvalid', route)
    else visit.move(location, route)
  }

  return {
    apply(next) {
      table = next
      hostCache.clear()
    },
    take(head, { appIdHeader, behindHaproxy }, fields) {
      if (table === undefined) return { error: 'noTable' }
      // A resolver of a plugin that throws fails its request, whichever way that came in.
      try {
        const limits = behindHaproxy ? haproxyLimits : ownLimits
        return takeIn(head, { table, hostCache, resolvers, limits, appIdHeader }, fields)
      } catch (error) {
        return { error: 'internal', id: noteFault(error, head.target) }
      }
    },
    admit(visit, taken) {
      try {
        decide(visit, taken)
      } catch (error) {
        const { clean, route } = isIntake(taken) ? taken : {}
        visit.refuse('internal', route, noteFault(error, clean?.target ?? ''))
      }
    }
  }
}

function pass(visit: Visit, taken: Intake): void {
  const { route, clean } = taken
  const moved = route.rewrite?.rootRedirect
  if (moved === undefined || !isRoot(clean.target)) visit.enter(taken)
  else visit.move(moved, route)
}
