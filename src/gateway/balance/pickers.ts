import type { Endpoint, Service } from '../model/route.ts'
import { hashText, unitOf } from './hash.ts'
import type { Picker, PickerMaker, PickerTools, PickRequest } from './picker.ts'

/** Remembers where its rotation stands, so that the next table's picker goes on from there. */
interface RotatingPicker extends Picker {
  turn(): number
}

/** One after the other. */
const roundRobin: PickerMaker = (_service, endpoints, previous, tools) => {
  let at = turnOf(previous) ?? Math.floor(tools.random() * endpoints.length)
  const pick = (_request: PickRequest, tried: readonly Endpoint[]): Endpoint | undefined => {
    for (let step = 0; step < endpoints.length; step += 1) {
      at = (at + 1) % endpoints.length
      const endpoint = endpoints[at]
      if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
    }
    return undefined
  }
  return Object.assign(pick, { turn: () => at }) satisfies RotatingPicker
}

function turnOf(picker: Picker | undefined): number | undefined {
  return picker !== undefined && 'turn' in picker && typeof picker.turn === 'function'
    ? Number(picker.turn())
    : undefined
}

const random: PickerMaker = (_service, endpoints, _previous, tools) => (_request, tried) =>
  anyOf(endpoints, tried, tools)

/** The one with fewer requests in flight of two random ones: nearly the best, and no herd. */
const leastRequests: PickerMaker = (_service, endpoints, _previous, tools) => (_request, tried) => {
  const one = anyOf(endpoints, tried, tools)
  if (one === undefined || endpoints.length - tried.length < 2) return one
  let two = endpoints[Math.floor(tools.random() * endpoints.length)]
  // The second one must be another one; the neighbour is as random as any.
  if (two === one) two = endpoints[(endpoints.indexOf(one) + 1) % endpoints.length]
  if (two === undefined || tried.includes(two)) return one
  return tools.inFlight(two) < tools.inFlight(one) ? two : one
}

/**
 * Equal values of a header or cookie go to the same endpoint (rendezvous hashing: when one endpoint
 * goes, only its own values move). Without a value: random.
 */
const hash: PickerMaker = (service, endpoints, _previous, tools) => {
  const hashes = endpoints.map(({ id }) => hashText(id))
  return (request, tried) => {
    const key = hashKeyOf(service, request)
    if (key === undefined) return anyOf(endpoints, tried, tools)
    const keyHash = hashText(key)
    let best: Endpoint | undefined
    let highest = -1
    for (let at = 0; at < endpoints.length; at += 1) {
      const score = unitOf(keyHash, hashes[at] ?? 0)
      const endpoint = endpoints[at]
      if (score > highest && endpoint !== undefined && !tried.includes(endpoint)) {
        highest = score
        best = endpoint
      }
    }
    return best
  }
}

/** Makers of the built-in pickers, by the name that labels and configuration use. */
export const pickers = {
  'round-robin': roundRobin,
  random,
  'least-requests': leastRequests,
  hash
} satisfies Record<string, PickerMaker>

/** What a hashing service hashes in this request; undefined: nothing. */
export function hashKeyOf({ hashOn }: Service, request: PickRequest): string | undefined {
  if (hashOn?.header !== undefined) return request.header(hashOn.header)
  return hashOn?.cookie === undefined ? undefined : request.cookie(hashOn.cookie)
}

function anyOf(
  endpoints: readonly Endpoint[],
  tried: readonly Endpoint[],
  tools: PickerTools
): Endpoint | undefined {
  if (endpoints.length === 0) return undefined
  const from = Math.floor(tools.random() * endpoints.length)
  if (tried.length === 0) return endpoints[from]
  const left = endpoints.filter((endpoint) => !tried.includes(endpoint))
  return left.length === 0 ? undefined : left[from % left.length]
}
