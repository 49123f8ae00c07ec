import { parseAuth, parseNetworks } from '../../gateway/model/guard-values.ts'
import { normaliseHostPattern } from '../../gateway/model/hosts.ts'
import { normalisePathPattern } from '../../gateway/model/paths.ts'
import type { Guard, Match, Origin, Route, WeightedService } from '../../gateway/model/route.ts'
import { appServiceRef } from '../../gateway/model/service-refs.ts'
import type { FileRoute, FileTarget } from './file-schema.ts'

export interface RouteContext {
  readonly source: string
  readonly services: ReadonlySet<string>
  readonly origin: Origin
  wrong(path: readonly string[], reason: string): void
}

/** A token of RFC 9110 §5.6.2. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/

/** The routes of one entry: one for each of its hosts. */
export function routesOf(given: FileRoute, context: RouteContext): Route[] {
  const path = normalisePathPattern(given.path)
  if ('problem' in path) {
    context.wrong(['path'], path.problem)
    return []
  }
  const { origin } = context
  const services = servicesOf(given, context)
  const conditions = conditionsOf(given, context)
  const guard = guardOf(given, context)
  return hostsOf(given, context).map((host) => {
    const match: Match = { ...(host !== undefined && { host }), path: path.key, ...conditions }
    return {
      id: `${context.source}:${host ?? '*'}${path.key}${conditionsText(match)}`,
      match,
      services,
      priority: given.priority,
      strip: given.strip,
      upgrade: given.upgrade,
      hooks: given.hooks,
      ...(guard !== undefined && { guard }),
      ...(given.hsts !== undefined && { hsts: given.hsts }),
      settings: {},
      origins: {
        host: origin,
        path: origin,
        strip: origin,
        service: origin,
        priority: origin,
        upgrade: origin,
        hooks: origin
      }
    }
  })
}

/** No host at all: every host, also none. */
function hostsOf({ host, hosts }: FileRoute, { wrong }: RouteContext): (string | undefined)[] {
  const given = [
    ...(host === undefined ? [] : [{ text: host, path: ['host'] }]),
    ...(hosts ?? []).map((text, at) => ({ text, path: ['hosts', `${at}`] }))
  ]
  if (host === undefined && hosts === undefined) return [undefined]
  if (given.length === 0) wrong(['hosts'], 'names no host; leave it out for every host')
  const normal = new Set<string>()
  for (const { text, path } of given) {
    const pattern = normaliseHostPattern(text)
    if (pattern === undefined) wrong(path, `${JSON.stringify(text)} is no host name`)
    else normal.add(pattern)
  }
  return [...normal]
}

/** One that is wrong makes the whole file wrong, so none is ever left out. */
function guardOf(given: FileRoute, { wrong }: RouteContext): Guard | undefined {
  const { https } = given
  const networks = given.networks && parseNetworks(given.networks.join(' '))
  const auth = given.auth && parseAuth(given.auth.join(' '))
  for (const reason of networks?.problems ?? []) wrong(['networks'], reason)
  for (const reason of auth?.problems ?? []) wrong(['auth'], reason)
  const guard: Guard = {
    ...(networks?.value !== undefined && { networks: networks.value }),
    ...(auth?.value !== undefined && { auth: auth.value }),
    ...(https !== undefined && { https })
  }
  return Object.keys(guard).length === 0 ? undefined : guard
}

function conditionsOf(
  { methods, headers }: FileRoute,
  { wrong }: RouteContext
): Pick<Match, 'methods' | 'headers'> {
  const entries: [string, string][] = []
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (HEADER_NAME.test(name)) entries.push([name.toLowerCase(), value])
    else wrong(['headers', name], 'is no header name')
  }
  return {
    ...(methods !== undefined && { methods: [...new Set(methods)].sort() }),
    ...(entries.length > 0 && { headers: Object.fromEntries(entries.sort()) })
  }
}

function conditionsText({ methods, headers }: Match): string {
  const words = [
    ...(methods ?? []),
    ...Object.entries(headers ?? {}).map(([name, value]) => `${name}=${value}`)
  ]
  return words.length === 0 ? '' : ` [${words.join(' ')}]`
}

function servicesOf(given: FileRoute, context: RouteContext): WeightedService[] {
  if (given.services === undefined) {
    const service = serviceOf(given, [], context)
    return service === undefined ? [] : [{ service, weight: 1 }]
  }
  if (given.app !== undefined || given.service !== undefined) {
    context.wrong(['services'], 'stands beside app or service; expected one of the three')
  }
  return given.services.flatMap((target, at) => {
    const service = serviceOf(target, ['services', `${at}`], context)
    return service === undefined ? [] : [{ service, weight: target.weight }]
  })
}

function serviceOf(
  { app, port, source, service }: FileTarget,
  path: readonly string[],
  context: RouteContext
): string | undefined {
  if ((app === undefined) === (service === undefined)) {
    context.wrong(path, 'expected either an app or a service of this file')
    return undefined
  }
  if (app !== undefined) {
    return appServiceRef({
      app,
      ...(port !== undefined && { port }),
      ...(source !== undefined && { source })
    })
  }
  if (service === undefined || !context.services.has(service)) {
    context.wrong([...path, 'service'], `no service ${JSON.stringify(service)} stands in this file`)
    return undefined
  }
  return `${context.source}:${service}`
}
