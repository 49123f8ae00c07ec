import type { StrictRequest } from '../../support/strict-request-reader.ts'
import {
  type ReferenceReading,
  type ReferenceRequest,
  readByReference
} from './reference-reader.ts'

/** Set by the gateway, or by the framing that it chose. */
const OWN_FIELDS = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'connection', 'upgrade', 'te', 'trailer'],
  ...['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port']
])
const MANAGED =
  /^(?:x-forwarded(?:-.*)?|forwarded|x-real-ip|proxy|proxy-(?:connection|auth(?:enticate|orization|entication-info))|keep-alive|http2-settings)$/

/**
 * Whether what a task got of one client's bytes can be told from these bytes by the grammar: at most these requests, each
 * with its own body and fields, and nothing that vouches for the client but what the gateway says.
 *
 * @param taken in any order: of pipelined requests, each may have had a connection of its own
 * @returns why it is unsafe; undefined when it is not
 */
export function unsafeReason(
  sent: string,
  taken: readonly StrictRequest[],
  client: string
): string | undefined {
  const reading = readByReference(sent)
  for (const [at, request] of taken.entries()) {
    const fault = fieldsFault(request, client)
    if (fault !== undefined) return fault
    if (!areMeant(taken.slice(0, at + 1), reading.requests)) return describe(request, reading)
  }
  return undefined
}

/** Whether there is another one that was meant for each: one may pass for several, so all ways are tried. */
function areMeant(
  [request, ...others]: readonly StrictRequest[],
  meant: readonly ReferenceRequest[]
): boolean {
  if (request === undefined) return true
  return meant.some((one, at) => isSame(one, request) && areMeant(others, meant.toSpliced(at, 1)))
}

/**
 * Whether the gateway is right to leave a connection open: more has to come by the grammar, or all is answered and
 * nobody has asked to close it.
 *
 * @param statuses of the final answers
 */
export function mayStayOpen(
  { requests, end }: ReferenceReading,
  statuses: readonly number[]
): boolean {
  if (end !== 'clean') return end === 'incomplete'
  const asksToClose = requests
    .at(-1)
    ?.fields.some(([name, value]) => name === 'connection' && /\bclose\b/i.test(value))
  return statuses.length === requests.length && asksToClose !== true
}

function isSame(meant: ReferenceRequest, request: StrictRequest): boolean {
  return (
    meant.method === request.method &&
    meant.target === request.target &&
    meant.body === request.body &&
    request.fields.every(([name, value]) => OWN_FIELDS.has(name) || has(meant, name, value))
  )
}

function has({ fields }: ReferenceRequest, name: string, value: string): boolean {
  return fields.some((field) => field[0] === name && field[1] === value)
}

function fieldsFault({ fields }: StrictRequest, client: string): string | undefined {
  const told = new Map([
    ['x-forwarded-for', client],
    ['x-forwarded-proto', 'http']
  ])
  for (const [name, value] of fields) {
    if ((told.get(name) ?? value) !== value) return `a forged ${name}: ${value}`
    if (!OWN_FIELDS.has(name) && mustGo(name)) return `a field that had to go: ${name}`
  }
  const names = fields.map(([name]) => name)
  for (const name of ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port']) {
    if (names.filter((one) => one === name).length !== 1) return `not exactly one ${name}`
  }
  return undefined
}

/** It vouches for a client, or looks like framing to whoever takes `_` for `-`. */
function mustGo(name: string): boolean {
  const plain = name.replaceAll('_', '-')
  return MANAGED.test(plain) || OWN_FIELDS.has(plain)
}

function describe({ method, target, body }: StrictRequest, { requests, end }: ReferenceReading) {
  const shown = JSON.stringify({ method, target, body: body.slice(0, 80) })
  const meant = requests.map((one) => `${one.method} ${one.target} +${one.body.length}`).join(', ')
  return `the task got ${shown}; by the grammar: [${meant}], then ${end}`
}
