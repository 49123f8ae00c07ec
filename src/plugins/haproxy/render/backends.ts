import type { Problem } from '../../../gateway/model/problem.ts'
import type { Route, Service } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { DesiredBackend } from '../desired.ts'
import { createBackendNamer } from './backend-names.ts'
import { backendSettings, serverWords } from './backend-settings.ts'
import { createDefaultsNames } from './defaults-names.ts'
import { guardRules } from './guard-rules.ts'
import { OWN_PREFIX } from './names.ts'
import type { NotPortable, RenderOptions } from './options.ts'
import { guardReason, pickingReason, rewriteReason, usesRing } from './portable.ts'
import { commonProbe, probeLines, probeReason, probeWords } from './probe-lines.ts'
import { serversOf } from './server-list.ts'
import { createUserLists, type UserLists } from './user-lists.ts'
import { lostWords, watchWords } from './watch-words.ts'

/** Answers 503 GW_GUARD_INVALID. */
export const CLOSED_BACKEND = `${OWN_PREFIX}closed`
/** Leads to the proxy plane. */
export const FALLBACK_BACKEND = `${OWN_PREFIX}fallback`

/** Backends of one table, made as routes ask for them. */
export interface BackendBook {
  /** Name of the backend that a route's requests go to. */
  backendOf(route: Route): string
  /** The same at a service port: never the proxy plane, which would go by the Host of the request. */
  portBackendOf(route: Route): string
  /** Says that a route can't be carried; its requests go to the returned backend. */
  giveUp(route: Route, reason: string, otherwise: string): string
  readonly backends: ReadonlyMap<string, DesiredBackend>
  /** By backend: those of its lines that guard it; absent where everybody may enter. */
  readonly guards: ReadonlyMap<string, readonly string[]>
  /** Sections that these backends name. */
  readonly userLists: UserLists['sections']
  /** What `backendOf` has said so far. */
  readonly targets: ReadonlyMap<Route, string>
  readonly notPortable: readonly NotPortable[]
  readonly problems: readonly Problem[]
}

export function createBackendBook(table: Table, options: RenderOptions): BackendBook {
  const backends = new Map<string, DesiredBackend>()
  const guards = new Map<string, readonly string[]>()
  const targets = new Map<Route, string>()
  const notPortable: NotPortable[] = []
  const problems: Problem[] = []
  const namer = createBackendNamer()
  const defaultsNames = createDefaultsNames()
  const words = serverWords(options)
  const userLists = createUserLists()
  const byHost: Way = { fallback: options.fallback, finder: options.finders[0] }

  function backendOf(route: Route, way = byHost): string {
    const known = targets.get(route)
    if (known !== undefined) return known
    const target = targetOf(route, way)
    targets.set(route, target)
    return target
  }

  function targetOf(route: Route, way: Way): string {
    if (route.closed !== undefined) return CLOSED_BACKEND
    const { finder, fallback } = way
    const guard = guardReason(route, options)
    if (guard !== undefined) return giveUp(route, guard, CLOSED_BACKEND, way)
    const services = servicesOf(table, route)
    const taking = services.filter(({ weight }) => weight > 0).map(({ service }) => service)
    const reason =
      finder === undefined
        ? (pickingReason(taking) ?? probeReason(taking) ?? rewriteReason(route))
        : `the resolver ${finder} decides in code`
    if (reason === undefined) return carry(route, services, way)
    // Not added when nothing leads there.
    if (fallback !== undefined) return giveUp(route, reason, FALLBACK_BACKEND)
    return giveUp(route, reason, carry(route, services, way), way)
  }

  function carry(route: Route, services: readonly Weighted[], way: Way): string {
    const { auth } = route.guard ?? {}
    const refusal = auth === undefined ? undefined : userLists.take(auth)
    return refusal === undefined
      ? add(route, services)
      : giveUp(route, refusal, CLOSED_BACKEND, way)
  }

  function giveUp(
    route: Route,
    reason: string,
    otherwise: string,
    { fallback }: Way = byHost
  ): string {
    const target = fallback === undefined ? otherwise : FALLBACK_BACKEND
    notPortable.push({ route: route.id, reason: `${reason}; ${whatThen(target)}` })
    return target
  }

  function add(route: Route, services: readonly Weighted[]): string {
    const name = namer.nameOf(route)
    if (backends.has(name)) return name
    // A service without a share takes nothing, not even by cookie or as the last resort.
    const taking = services.filter(({ weight }) => weight > 0)
    const { servers, problems: wrong } = serversOf({
      services: taking,
      addresses: options.addresses,
      ring: usesRing(taking[0]?.service)
    })
    problems.push(...wrong)
    for (const { service } of taking) {
      for (const [label, reason] of lostWords(service)) {
        problems.push(problemOf(service, label, reason))
      }
    }
    const policy = {
      timeouts: services[0]?.service.timeouts ?? {},
      taking: taking.map(({ service }) => service)
    }
    const probe = commonProbe(policy.taking)
    const settings = [...backendSettings(route, policy, options), ...probeLines(probe)]
    if (route.guard !== undefined) guards.set(name, guardRules(route.guard, options))
    backends.set(name, {
      name,
      settings,
      ...defaultsNames.of(settings),
      serverWords: [
        ...words,
        ...probeWords(probe),
        ...watchWords(policy.taking[0], probe, options)
      ],
      servers
    })
    return name
  }

  return {
    backendOf: (route) => backendOf(route),
    portBackendOf: (route) => backendOf(route, BY_PORT),
    giveUp: (route, reason, otherwise) => giveUp(route, reason, otherwise),
    backends,
    guards,
    get userLists() {
      return userLists.sections
    },
    targets,
    notPortable,
    problems
  }
}

/** How a request got to its route, and where else it may be carried. */
interface Way {
  readonly fallback: string | undefined
  /** A resolver that decides in code by what route a request goes. */
  readonly finder: string | undefined
}

const BY_PORT: Way = { fallback: undefined, finder: undefined }

function problemOf({ id, origin }: Service, label: string, reason: string): Problem {
  const app = origin.file ?? origin.app ?? id
  return { source: origin.source, app, label, reason }
}

interface Weighted {
  readonly service: Service
  readonly weight: number
}

function servicesOf(table: Table, route: Route): Weighted[] {
  return route.services.flatMap(({ service: id, weight }) => {
    const service = table.services.get(id)
    // A plugin may say any number.
    const share = Number.isFinite(weight) ? weight : 0
    return service === undefined ? [] : [{ service, weight: share }]
  })
}

function whatThen(target: string): string {
  switch (target) {
    case FALLBACK_BACKEND:
      return 'its requests go to the proxy plane'
    case CLOSED_BACKEND:
      return 'it answers 503 GW_GUARD_INVALID'
    default:
      return 'HAProxy does without'
  }
}
