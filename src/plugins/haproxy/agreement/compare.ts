import type { RouteId } from '../../../gateway/model/route.ts'
import { acceptedDifferences } from './accepted.ts'
import { answerFieldsOf } from './answer-fields.ts'
import type { CorpusRequest } from './corpus.ts'
import { pasteable, wireOf } from './request-head.ts'
import { type Address, type WireAnswer, wireClient } from './wire-client.ts'

/** What a task tells of itself and, where it can, of the request it got. */
export interface Sighting {
  readonly service: string
  readonly method?: string
  readonly target?: string
  /** Only those that both planes have to agree about. */
  readonly fields?: readonly (readonly [name: string, value: string])[]
}

export interface CompareOptions {
  readonly proxy: Address
  readonly haproxy: Address
  /** Reads the answer of a task; undefined: no task answered. */
  sightingOf(answer: WireAnswer): Sighting | undefined
  /** Requests under way at once at each plane, 8 by default. */
  readonly connections?: number
  /** No further request is sent once so many differ; no limit by default. */
  readonly mostDifferences?: number
  /** No further request is sent once it aborts. */
  readonly signal?: AbortSignal
  /** Told after each request how many of them are done. */
  onProgress?(done: number): void
}

/** One plane's answer, in the words in which it is compared. */
export interface PlaneAnswer {
  readonly status: number
  /** Of the gateway's own answers. */
  readonly code?: string
  /** Of the answer, `name: value`, as far as planes make or change them; absent: none. */
  readonly fields?: readonly string[]
  readonly seen?: Sighting
  /** Why there is no answer. */
  readonly failure?: string
}

export interface Difference {
  readonly request: CorpusRequest
  /** What differs, as `status`, `code`, `answer`, `service`, `method`, `target` or `fields`. */
  readonly what: string
  readonly proxy: PlaneAnswer
  readonly haproxy: PlaneAnswer
}

export interface Comparison {
  readonly compared: number
  readonly differences: readonly Difference[]
  /** How many differences were accepted, by name. */
  readonly accepted: ReadonlyMap<string, number>
  /** Services that answered, by route. */
  readonly services: ReadonlyMap<RouteId, Readonly<Record<'proxy' | 'haproxy', Set<string>>>>
  /** How many requests each code of our own, or `answered`, stood for at the proxy plane. */
  readonly kinds: ReadonlyMap<string, number>
}

type RouteServices = Map<RouteId, Record<'proxy' | 'haproxy', Set<string>>>

const CONNECTIONS = 8

/** Sends each request to both planes and tells where they disagree. */
export async function comparePlanes(
  requests: readonly CorpusRequest[],
  options: CompareOptions
): Promise<Comparison> {
  const differences: Difference[] = []
  const services: RouteServices = new Map()
  const kinds = new Map<string, number>()
  const accepted = new Map<string, number>()
  const queue = requests.values()
  const { signal, mostDifferences = requests.length } = options
  const isOver = () => signal?.aborted === true || differences.length > mostDifferences
  let done = 0

  async function work(): Promise<void> {
    const clients = { proxy: wireClient(options.proxy), haproxy: wireClient(options.haproxy) }
    // Shared by all workers, so that each request is taken once.
    for (const request of queue) {
      if (isOver()) break
      const bytes = wireOf(request.head)
      const [proxy, haproxy] = await Promise.all(
        [clients.proxy, clients.haproxy].map(async (client) =>
          planeAnswer(await client.ask(bytes, request.head.method), options)
        )
      )
      if (proxy !== undefined && haproxy !== undefined) account(request, proxy, haproxy)
      done += 1
      options.onProgress?.(done)
    }
    clients.proxy.close()
    clients.haproxy.close()
  }

  function account(request: CorpusRequest, proxy: PlaneAnswer, haproxy: PlaneAnswer): void {
    count(kinds, kindOf(proxy))
    noteServices(services, request, { proxy, haproxy })
    const what = differenceOf(request, proxy, haproxy)
    if (what === undefined) return
    const fits = acceptedDifferences.find((one) => one.fits(request.head, proxy, haproxy))
    if (fits === undefined) differences.push({ request, what, proxy, haproxy })
    else count(accepted, fits.name)
  }

  const workers = Array.from({ length: options.connections ?? CONNECTIONS }, work)
  await Promise.all(workers)
  return { compared: done, differences, accepted, services, kinds }
}

function kindOf({ seen, code, status }: PlaneAnswer): string {
  return seen === undefined ? (code ?? `${status}`) : 'answered'
}

function noteServices(
  services: RouteServices,
  { route }: CorpusRequest,
  answers: Readonly<Record<'proxy' | 'haproxy', PlaneAnswer>>
): void {
  if (route === undefined) return
  const own = services.get(route) ?? { proxy: new Set(), haproxy: new Set() }
  services.set(route, own)
  for (const plane of ['proxy', 'haproxy'] as const) {
    const { seen } = answers[plane]
    if (seen !== undefined) own[plane].add(seen.service)
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** A difference as an operator reads it: both answers, and the request to paste for either plane. */
export function describeDifference(
  { request, what, proxy, haproxy }: Difference,
  address: Address
): string {
  return [
    `${what} differs${request.route === undefined ? '' : ` (route ${request.route})`}`,
    `  proxy:   ${JSON.stringify(proxy)}`,
    `  haproxy: ${JSON.stringify(haproxy)}`,
    `  ${pasteable(request.head, address)}`
  ].join('\n')
}

function planeAnswer(answer: WireAnswer, { sightingOf }: CompareOptions): PlaneAnswer {
  const { status, body } = answer
  if (status === 0) return { status, failure: body }
  const seen = sightingOf(answer)
  const code = seen === undefined ? /\bGW_[A-Z_]+/.exec(body)?.[0] : undefined
  const fields = answerFieldsOf(answer.head)
  return {
    status,
    ...(code !== undefined && { code }),
    ...(fields.length > 0 && { fields }),
    ...(seen !== undefined && { seen })
  }
}

function differenceOf(
  { services }: CorpusRequest,
  proxy: PlaneAnswer,
  haproxy: PlaneAnswer
): string | undefined {
  if (proxy.failure !== undefined || haproxy.failure !== undefined) return 'answer'
  if (proxy.status !== haproxy.status) return 'status'
  if (proxy.code !== haproxy.code) return 'code'
  if (proxy.fields?.join() !== haproxy.fields?.join()) return 'answer'
  return sightingDifference(services, proxy.seen, haproxy.seen)
}

function sightingDifference(
  services: readonly string[],
  one: Sighting | undefined,
  other: Sighting | undefined
): string | undefined {
  if (one === undefined && other === undefined) return undefined
  if (one === undefined || other === undefined) return 'service'
  const bothFit = services.includes(one.service) && services.includes(other.service)
  if (one.service !== other.service && !bothFit) return 'service'
  if (one.method !== other.method) return 'method'
  if (one.target !== other.target) return 'target'
  return fieldsText(one) === fieldsText(other) ? undefined : 'fields'
}

/**
 * Case of names and order apart. For a request without Host, HTTP/1.1 asks for an empty one
 * (RFC 9112 §3.2), and HTTP/1.0, in which HAProxy forwards it, for none. A chain of proxies is the same
 * in one field and in several (RFC 9110 §5.3).
 */
function fieldsText({ fields = [] }: Sighting): string {
  const isChain = ([name]: readonly [string, string]) => name.toLowerCase() === 'x-forwarded-for'
  const chain = fields.filter(isChain).map(([, value]) => value)
  const others = fields.filter((field) => !isChain(field))
  const lines = others.map(([name, value]) => `${name.toLowerCase()}: ${value}`)
  if (chain.length > 0) lines.push(`x-forwarded-for: ${chain.join(', ')}`)
  return JSON.stringify(lines.filter((line) => line !== 'host: ').sort())
}
