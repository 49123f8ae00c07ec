import type { Route, Service } from '../../../gateway/model/route.ts'
import { guardFault } from './guard-rules.ts'
import type { RenderOptions } from './options.ts'
import { unsayableRewrites } from './rewrite-rules.ts'
import { isFieldName, isFieldValue, isMethod } from './words.ts'

/** Pickers that HAProxy has an algorithm for, and the words it goes by. */
const BALANCE = {
  'round-robin': () => ['balance roundrobin'],
  random: () => ['balance random(1)'],
  'least-requests': () => ['balance random(2)'],
  hash: hashLines
} satisfies Record<string, (service: Service) => readonly string[]>

/** Longer lists would make longer lines than HAProxy reads. */
const MOST_METHODS = 16
const MOST_HEADERS = 8

/** The lines that choose a server as the picker does; round robin for a picker HAProxy hasn't. */
export function balanceLines(service: Service | undefined): readonly string[] {
  const picker = service?.picker as keyof typeof BALANCE
  if (service === undefined || !Object.hasOwn(BALANCE, picker)) return BALANCE['round-robin']()
  return BALANCE[picker](service)
}

/** Whether HAProxy keeps points on a ring for the picker: those cost memory by weight. */
export function usesRing(service: Service | undefined): boolean {
  return !balanceLines(service).includes('balance roundrobin')
}

/** By a header only: HAProxy before 2.8 balances by no cookie. */
function hashLines({ hashOn }: Service): readonly string[] {
  const header = hashOn?.header
  if (header !== undefined && isFieldName(header)) {
    return [`balance hdr(${header})`, 'hash-type consistent']
  }
  return BALANCE['round-robin']()
}

/**
 * What protects a route and can't be rendered: hooks may protect, and guards do. Such a route goes to
 * the proxy plane or is closed; it is never served without.
 */
export function guardReason({ hooks, guard }: Route, options: RenderOptions): string | undefined {
  if (hooks !== '') return `its hooks (${hooks}) are code`
  return guard === undefined ? undefined : guardFault(guard, options)
}

/** What changes requests or answers and can't be rendered. */
export function rewriteReason(route: Route): string | undefined {
  const parts = unsayableRewrites(route)
  return parts.length === 0
    ? undefined
    : `HAProxy can’t be told its rewriting (${parts.join(', ')})`
}

/** Why HAProxy would choose another task than the proxy plane; undefined when it does not. */
export function pickingReason(services: readonly Service[]): string | undefined {
  for (const service of services) {
    const reason = serviceReason(service)
    if (reason !== undefined) return reason
  }
  const [first, ...others] = services
  const differs = others.some(
    (one) => one.picker !== first?.picker || hashKey(one) !== hashKey(first)
  )
  if (differs) return 'its services have different pickers'
  const cookies = new Set(services.flatMap(({ sticky }) => sticky ?? []))
  return cookies.size > 1 ? 'its services have sticky cookies of different names' : undefined
}

function serviceReason({ picker, hashOn, sticky }: Service): string | undefined {
  if (!Object.hasOwn(BALANCE, picker)) return `the picker ${picker} is code`
  if (picker === 'hash') {
    if (hashOn?.cookie !== undefined) return 'HAProxy hashes no cookies'
    if (!isFieldName(hashOn?.header ?? '')) return 'the name of the hashed header is too odd'
  }
  if (sticky !== undefined && !isFieldName(sticky)) {
    return 'the name of the sticky cookie is too odd'
  }
  return undefined
}

function hashKey(service: Service | undefined): string {
  return service?.picker === 'hash' ? `${service.hashOn?.header}:${service.hashOn?.cookie}` : ''
}

/** What a route asks for besides host and path, as anonymous ACLs; undefined: not sayable. */
export function conditionWords({ match }: Route): readonly string[] | undefined {
  const { methods, headers = {} } = match
  const words: string[] = []
  if (methods !== undefined) {
    const sayable = methods.length > 0 && methods.length <= MOST_METHODS && methods.every(isMethod)
    if (!sayable) return undefined
    words.push(`{ method ${methods.join(' ')} }`)
  }
  const wanted = Object.entries(headers)
  if (wanted.length > MOST_HEADERS) return undefined
  for (const [name, value] of wanted.sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isFieldName(name) || !isFieldValue(value) || isJoinedCookie(name, value)) return undefined
    words.push(`{ req.fhdr_cnt(${name}) 1 }`, `{ req.fhdr(${name}) -m str '${value}' }`)
  }
  return words
}

/** The gateway reads several lines of `Cookie` as one value (RFC 9113 §8.2.3), which HAProxy does not. */
function isJoinedCookie(name: string, value: string): boolean {
  return name === 'cookie' && value.includes('; ')
}
