import { isIP } from 'node:net'
import type { Parsed } from './label-values.ts'
import { listOf, quote, right, wrong } from './label-values.ts'
import type { BasicAuth } from './route.ts'

export const MOST_NETWORKS = 256
export const MOST_USERS = 100
/** More would let one label keep a processor busy with each password that is tried. */
const HIGHEST_ROUNDS = 100_000
const LOWEST_ROUNDS = 1000
const TWO_YEARS_S = 63_072_000

/** Narrow, since these become words in the configuration of other programs. */
const REALM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const USER = /^[A-Za-z0-9._@+-]{1,64}$/
const SHA_CRYPT =
  /^\$(?:5\$(?:rounds=(\d{4,6})\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{43}|6\$(?:rounds=(\d{4,6})\$)?[./0-9A-Za-z]{1,16}\$[./0-9A-Za-z]{86})$/

/** An address or CIDR network in its usual form; undefined for anything else. */
export function normaliseNetwork(text: string): string | undefined {
  const [address = '', prefix, ...more] = text.toLowerCase().split('/')
  const version = isIP(address)
  // Zone ids mean nothing elsewhere, and IPv4 in the clothes of IPv6 is compared as IPv4.
  if (version === 0 || more.length > 0 || /%|^::ffff:/.test(address)) return undefined
  if (prefix === undefined) return address
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix)) return undefined
  return Number(prefix) <= (version === 6 ? 128 : 32) ? `${address}/${prefix}` : undefined
}

/** One wrong entry spoils all: the list that was meant is not known. */
export function parseNetworks(raw: string): Parsed<readonly string[]> {
  const words = listOf(raw)
  if (words.length === 0) return wrong('expected at least one network such as 10.0.0.0/8')
  if (words.length > MOST_NETWORKS) return wrong(`more than ${MOST_NETWORKS} networks`)
  const networks = new Set<string>()
  for (const word of words) {
    const network = normaliseNetwork(word)
    if (network === undefined) return wrong(`${quote(word)} is no network such as 10.0.0.0/8`)
    networks.add(network)
  }
  return right([...networks])
}

/** Never quotes a hash: problems are shown to more people than labels. */
export function parseAuth(raw: string): Parsed<BasicAuth> {
  const words = listOf(raw)
  if (words.length === 0) return wrong('expected realm:user:hash')
  if (words.length > MOST_USERS) return wrong(`more than ${MOST_USERS} users`)
  const realms = new Set<string>()
  const users = new Map<string, string>()
  for (const word of words) {
    const [realm = '', name = '', hash = '', ...more] = word.split(':')
    const fault = more.length > 0 ? 'expected realm:user:hash' : userFault(realm, name, hash)
    if (fault !== undefined) return wrong(fault)
    if (users.has(name)) return wrong(`names the user ${quote(name)} twice`)
    realms.add(realm)
    users.set(name, hash)
  }
  const [realm = '', ...others] = realms
  if (others.length > 0) return wrong('expected the same realm for all users')
  return right({ realm, users: [...users].map(([name, hash]) => ({ name, hash })) })
}

function userFault(realm: string, name: string, hash: string): string | undefined {
  if (!REALM.test(realm)) return 'expected a realm of letters, digits, dots and hyphens'
  if (!USER.test(name)) return `expected a user name of letters, digits and ._@+-, up to 64`
  return hashFault(hash)
}

/** What keeps a text from being a password hash that every plane can check. */
export function hashFault(hash: string): string | undefined {
  const parts = SHA_CRYPT.exec(hash)
  if (parts === null)
    return 'expected a SHA-crypt hash, $5$… or $6$…, as mkpasswd -m sha-512 makes it'
  const rounds = Number(parts[1] ?? parts[2] ?? 5000)
  if (rounds >= LOWEST_ROUNDS && rounds <= HIGHEST_ROUNDS) return undefined
  return `expected a hash of ${LOWEST_ROUNDS} to ${HIGHEST_ROUNDS} rounds`
}

export function parseHttps(raw: string): Parsed<'redirect'> {
  return raw.trim().toLowerCase() === 'redirect'
    ? right('redirect')
    : wrong(`expected redirect, not ${quote(raw)}`)
}

export function parseHsts(raw: string): Parsed<number> {
  const word = raw.trim()
  const seconds = /^\d{1,8}$/.test(word) ? Number(word) : Number.NaN
  return seconds <= TWO_YEARS_S
    ? right(seconds)
    : wrong(`expected seconds from 0 to ${TWO_YEARS_S}, not ${quote(raw)}`)
}
