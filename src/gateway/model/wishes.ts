import type { AppFacts } from './app-facts.ts'
import { asksForRoutes, isEnabled, isInGroups, saidOf } from './app-facts.ts'
import type { RoutingSettings } from './compile.ts'
import { normaliseHostPattern } from './hosts.ts'
import { normalisePathPattern } from './paths.ts'
import type { Problem } from './problem.ts'
import type { Origin } from './route.ts'
import { defaultLimits } from './routing-limits.ts'

/** One port of an app that takes part in routing. */
export interface Member {
  readonly facts: AppFacts
  readonly index: number
}

/** A host and path that an app wants to answer for. */
export interface Wish {
  /** Whose settings the route follows, and who speaks for the claim. */
  readonly member: Member
  /** All that the route leads to, by app id. */
  readonly bundle: readonly Member[]
  /** Absent: every host, also none. */
  readonly host?: string
  readonly path: string
  readonly strip: boolean
  readonly origins: Readonly<Record<string, Origin>>
}

type Place = Pick<Wish, 'host' | 'path' | 'strip' | 'origins'>

/** What the labels of an app ask for at one of its ports. */
export interface PortPlan extends Member {
  /** What labels ask for; empty: nothing, so that defaults may apply. */
  readonly declared: readonly Place[]
  readonly service: string | undefined
}

/** Of two members of one bundle, the one whose word counts first. */
function byApp(a: Member, b: Member): number {
  if (a.facts.app.id !== b.facts.app.id) return a.facts.app.id < b.facts.app.id ? -1 : 1
  return a.index - b.index
}

/** The bundle of a `gateway.service` is known by source, Marathon group and name. */
export function bundleKey({ facts, index, service }: PortPlan): string {
  return service === undefined
    ? `app ${facts.source} ${facts.app.id} ${index}`
    : `service ${facts.source} ${facts.parent} ${service}`
}

/** The default port, and each further port with hosts, a path or a service of its own. */
export function plansOf(
  facts: AppFacts,
  { groups, limits = defaultLimits }: Pick<RoutingSettings, 'groups' | 'limits'>,
  problems: Problem[]
): PortPlan[] {
  const plans: PortPlan[] = []
  if (facts.defaultPort !== undefined) plans.push(planOf(facts, facts.defaultPort))
  else if (asksForRoutes(facts)) {
    problems.push(problemOf(facts, undefined, 'labels ask for routes, but the app has no TCP port'))
  }
  for (const [index, { said }] of facts.labels.ports) {
    if (index === facts.defaultPort) continue
    const own = said.get('hosts') ?? said.get('path') ?? said.get('service')
    if (own === undefined) continue
    if (facts.app.ports[index]?.protocol === 'udp') {
      problems.push(problemOf(facts, own.label, `port ${index} is not TCP; it gets no route`))
    } else plans.push(planOf(facts, index))
  }
  const taking = plans.filter(
    ({ index }) => isInGroups(facts, index, groups) && isEnabled(facts, index)
  )
  return withinLimit(facts, taking, limits.routesPerApp, problems)
}

/** The first so many places of an app; what is left out is one problem. */
function withinLimit(
  facts: AppFacts,
  plans: readonly PortPlan[],
  most: number,
  problems: Problem[]
): PortPlan[] {
  let left = most
  let beyond: Place | undefined
  const kept = plans.map((plan) => {
    const declared = plan.declared.slice(0, left)
    beyond ??= plan.declared[declared.length]
    left -= declared.length
    return { ...plan, declared }
  })
  if (beyond === undefined) return [...plans]
  const label = (beyond.origins['host'] ?? beyond.origins['path'])?.label
  const reason = `labels ask for more than ${most} routes (routing.limits.routesPerApp); those after them are left out`
  problems.push(problemOf(facts, label, reason))
  // Without any, default routes would take their place.
  return kept.filter(({ declared }, at) => declared.length > 0 || plans[at]?.declared.length === 0)
}

function planOf(facts: AppFacts, index: number): PortPlan {
  return {
    facts,
    index,
    declared: declaredPlaces(facts, index),
    service: saidOf(facts, index, 'service')?.value
  }
}

function declaredPlaces(facts: AppFacts, index: number): Place[] {
  const hosts = saidOf(facts, index, 'hosts')
  const path = saidOf(facts, index, 'path')
  if (hosts === undefined && path === undefined) return []
  const strip = saidOf(facts, index, 'path.strip')
  const place = {
    path: path?.value ?? '/',
    strip: path !== undefined && (strip?.value ?? false),
    origins: {
      ...(hosts && { host: labelOrigin(facts, hosts.label) }),
      path: labelOrigin(facts, path?.label),
      ...(strip && { strip: labelOrigin(facts, strip.label) })
    }
  }
  if (hosts === undefined) return [place]
  const paths = facts.marathonLb?.ports.get(index)?.paths ?? [place.path]
  return hosts.value.flatMap((host) => paths.map((one) => ({ host, ...place, path: one })))
}

function labelOrigin(facts: AppFacts, label: string | undefined): Origin {
  return label === undefined ? facts.origin : { ...facts.origin, label }
}

/** What the members of one bundle want together, in any order of the plans. */
export function bundleWishes(
  given: readonly PortPlan[],
  settings: RoutingSettings,
  problems: Problem[]
): Wish[] {
  const asked = settings.expose === 'all' || given.some(({ facts }) => asksForRoutes(facts))
  if (!asked) return []
  const plans = [...given].sort(byApp)
  const wishes: Wish[] = []
  for (const plan of plans) {
    const { facts, index } = plan
    const member = { facts, index }
    for (const place of plan.declared) wishes.push({ member, bundle: plans, ...place })
  }
  const first = plans.find(({ facts, index }) => index === facts.defaultPort)
  if (first === undefined) return wishes
  const member = { facts: first.facts, index: first.index }
  for (const place of defaultPlaces(first, plans, settings, problems)) {
    wishes.push({ member, bundle: plans, ...place })
  }
  return wishes
}

/** Declared hosts replace the default hosts; a declared path replaces them and the default path. */
function defaultPlaces(
  first: PortPlan,
  plans: readonly PortPlan[],
  settings: RoutingSettings,
  problems: Problem[]
): Place[] {
  const { facts } = first
  const paths = plans.some(({ facts, index }) => saidOf(facts, index, 'path') !== undefined)
  const id = first.service === undefined ? facts.app.id : join(facts.parent, first.service)
  const places: Place[] = []
  if (plans.every(({ declared }) => declared.length === 0)) {
    for (const domain of settings.domains) {
      const host = defaultHost(id, domain)
      if (host !== undefined) places.push({ host, path: '/', strip: false, origins: {} })
      else problems.push(problemOf(facts, undefined, `the id makes no host name under ${domain}`))
    }
  }
  if (settings.path !== '' && !paths) {
    const path = normalisePathPattern(settings.path.split('{id}').join(id.slice(1)))
    if ('key' in path) places.push({ path: path.key, strip: true, origins: {} })
    else problems.push(problemOf(facts, undefined, `the id makes no path: ${path.problem}`))
  }
  return places
}

/** `api.shop.local` for `/shop/api` and the domain `local`. */
function defaultHost(id: string, domain: string): string | undefined {
  const host = normaliseHostPattern(`${id.slice(1).split('/').reverse().join('.')}.${domain}`)
  return host?.startsWith('*') ? undefined : host
}

function join(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`
}

function problemOf(facts: AppFacts, label: string | undefined, reason: string): Problem {
  return {
    source: facts.source,
    app: facts.app.id,
    ...(label !== undefined && { label }),
    reason
  }
}
