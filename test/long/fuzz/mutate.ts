import { seededRandom } from '../../../src/plugins/haproxy/agreement/seeded-random.ts'

/** What one client sends on a connection of its own. */
export interface FuzzCase {
  /** With the seed of the run, names the case. */
  readonly number: number
  /** Latin-1; one write each. */
  readonly pieces: readonly string[]
}

type Random = () => number
type Pick = <One>(from: readonly One[]) => One

/** Behind every message: shows where the message ended, for whoever reads it. */
export const CANARY =
  'GET /canary HTTP/1.1\r\nHost: canary.test\r\nConnection: close\r\nX-Canary: 1\r\n\r\n'

const SPICE = [
  ...['\r', '\n', '\0', '\r\n', '\r\n\r\n', '\n\n', ' ', '\t', ':', ',', ';', '0', '1', 'a', '"'],
  ...['\x01', '\x0b', '\x7f', '\x80', '\x85', '\xa0', '\xff', '/', '_', '-', '+', '%0d%0a', '\\']
]
const LINES = [
  ...['Content-Length: 0', 'Content-Length: 5', 'Content-Length: 44', 'content-length : 3'],
  ...['Transfer-Encoding: chunked', 'Transfer-Encoding: x', 'Transfer-Encoding:\x0bchunked'],
  ...['Transfer_Encoding: chunked', 'Content_Length: 9', 'Expect: 100-continue', 'Upgrade: h2c'],
  ...['Connection: X-Forwarded-For, Host, Content-Length', 'Connection: close', 'TE: trailers'],
  ...['X-Forwarded-For: 6.6.6.6', 'X_Forwarded_For: 6.6.6.6', 'Forwarded: for=6.6.6.6'],
  ...['X-Real-IP: 6.6.6.6', 'Proxy: http://evil.test', 'Host: evil.test', ' folded: yes']
]
const LONGEST_INSERT = 64

/** The same for the same seed, number and messages. */
export function fuzzCase(seed: number, number: number, messages: readonly string[]): FuzzCase {
  const random = seededRandom(seed * 0x9e3779b1 + number)
  const pick: Pick = (from) => from[Math.floor(random() * from.length)] as never
  let bytes = pick(messages)
  // Some are only split: that must not matter at all.
  const mutations = random() < 0.1 ? 0 : pick([1, 1, 1, 2, 2, 3, 5])
  for (let i = 0; i < mutations; i += 1) bytes = mutate(bytes, messages, pick, random)
  return { number, pieces: split(`${bytes}${CANARY}`, bytes.length, random) }
}

function mutate(bytes: string, messages: readonly string[], pick: Pick, random: Random): string {
  const at = Math.floor(random() * (bytes.length + 1))
  const left = bytes.slice(0, at)
  const right = bytes.slice(at)
  switch (
    pick(['flip', 'flip', 'insert', 'insert', 'replace', 'remove', 'line', 'copy', 'splice'])
  ) {
    case 'flip':
      return flip(bytes, at, random)
    case 'insert':
      return `${left}${pick(SPICE)}${right}`
    case 'replace':
      return `${left}${pick(SPICE)}${right.slice(1)}`
    case 'remove':
      return `${left}${right.slice(1 + Math.floor(random() * 3))}`
    case 'line':
      return withLine(bytes, pick(LINES), random)
    case 'copy':
      return `${left}${right.slice(0, 1 + Math.floor(random() * LONGEST_INSERT))}${right}`
    default: {
      const other = pick(messages)
      return `${left}${other.slice(Math.floor(random() * other.length))}`
    }
  }
}

function flip(bytes: string, at: number, random: Random): string {
  if (at >= bytes.length) return bytes
  const flipped = bytes.charCodeAt(at) ^ (1 << Math.floor(random() * 8))
  return `${bytes.slice(0, at)}${String.fromCharCode(flipped)}${bytes.slice(at + 1)}`
}

/** Behind one of the line ends that are there. */
function withLine(bytes: string, line: string, random: Random): string {
  const ends = [...bytes.matchAll(/\r\n/g)].map(({ index }) => index + 2)
  const at = ends[Math.floor(random() * ends.length)] ?? bytes.length
  return `${bytes.slice(0, at)}${line}\r\n${bytes.slice(at)}`
}

/** Mostly in one piece or two, now and then byte by byte up to the canary. */
function split(bytes: string, length: number, random: Random): string[] {
  const kind = random()
  if (kind < 0.5) return [bytes]
  if (kind < 0.98) {
    const at = 1 + Math.floor(random() * length)
    return [bytes.slice(0, at), bytes.slice(at)]
  }
  return [...bytes.slice(0, length), bytes.slice(length)]
}
