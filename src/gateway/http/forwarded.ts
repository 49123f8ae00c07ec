import { type FieldKind, fieldKind, underscoreTwin } from './field-kind.ts'
import { connectionNames, hasConnectionOption } from './hop-by-hop.ts'
import { forwardedTrailerField } from './trailers.ts'

/** What the gateway itself knows of the client's connection and request. */
export interface ForwardFacts {
  /** Address of the peer, as the socket tells it. */
  readonly peer: string
  /** The peer is a configured proxy: what it says of its own client is believed. */
  readonly trusted: boolean
  readonly proto: 'http' | 'https'
  /** Host as the client sent it (or the authority of an absolute target); undefined for none. */
  readonly host: string | undefined
  /** Port the client connected to. */
  readonly port: number
  /** The body is chunked: trailers may follow. */
  readonly trailers: boolean
}

/** The four managed fields as the gateway is about to send them. */
interface Managed {
  chain: string | undefined
  proto: string | undefined
  host: string | undefined
  port: string | undefined
}

/**
 * The header fields of a client's request as they go to a task, flat in, flat out: end-to-end
 * fields in their order and case, then X-Forwarded-For, -Proto, -Host and -Port. What an untrusted
 * peer says in managed fields is dropped; a trusted one's is kept and the chain goes on with its
 * address. `Host` is always sent, empty when the client had none (RFC 9112 §3.2). Names that differ
 * from managed, framing or Host fields by underscores only are dropped from everybody.
 */
export function forwardedRequestHeaders(raw: readonly string[], facts: ForwardFacts): string[] {
  const named = connectionNames(raw)
  const managed: Managed = { chain: undefined, proto: undefined, host: undefined, port: undefined }
  const passed: string[] = ['Host', facts.host ?? '']
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const kind = fieldKind(name)
    if (kind === 'managed') {
      if (facts.trusted) keepManaged(name, value, managed, passed)
    } else if (kind !== 'end-to-end') {
      keepSpecial(kind, name, value, facts, passed)
    } else if (!isTwin(name) && !isNamed(name, named)) {
      passed.push(name, value)
    }
  }
  pushManaged(passed, managed, facts)
  return passed
}

/** `::ffff:192.0.2.1` is how a dual-stack socket names 192.0.2.1. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** `TE: trailers` and `Trailer` pass as far as they are true; framing and Host are written anew. */
function keepSpecial(
  kind: FieldKind,
  name: string,
  value: string,
  facts: ForwardFacts,
  passed: string[]
): void {
  if (kind === 'te' && hasConnectionOption(value, 'trailers')) {
    passed.push(name, 'trailers')
  } else if (kind === 'trailer' && facts.trailers) {
    const kept = forwardedTrailerField(value)
    if (kept !== undefined) passed.push(name, kept)
  }
}

function keepManaged(name: string, value: string, managed: Managed, passed: string[]): void {
  switch (name.toLowerCase()) {
    case 'x-forwarded-for':
      managed.chain = managed.chain === undefined ? value : `${managed.chain}, ${value}`
      break
    case 'x-forwarded-proto':
      managed.proto = value
      break
    case 'x-forwarded-host':
      managed.host = value
      break
    case 'x-forwarded-port':
      managed.port = value
      break
    case 'proxy':
      break
    default:
      passed.push(name, value)
  }
}

function pushManaged(passed: string[], managed: Managed, facts: ForwardFacts): void {
  const peer = plainAddress(facts.peer)
  const chain = managed.chain === undefined ? peer : `${managed.chain}, ${peer}`
  passed.push('X-Forwarded-For', chain, 'X-Forwarded-Proto', managed.proto ?? facts.proto)
  const host = managed.host ?? facts.host
  if (host !== undefined) passed.push('X-Forwarded-Host', host)
  passed.push('X-Forwarded-Port', managed.port ?? String(facts.port))
}

function isNamed(name: string, named: ReadonlySet<string> | undefined): boolean {
  return named?.has(name.toLowerCase()) === true
}

function isTwin(name: string): boolean {
  const twin = underscoreTwin(name)
  return twin !== undefined && fieldKind(twin) !== 'end-to-end'
}
