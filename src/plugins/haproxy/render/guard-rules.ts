import { MOST_NETWORKS, MOST_USERS } from '../../../gateway/model/guard-values.ts'
import type { BasicAuth, Guard } from '../../../gateway/model/route.ts'
import { aclLines } from './acl-lines.ts'
import { shortHash } from './names.ts'
import type { RenderOptions } from './options.ts'
import { answerRule, movedRule } from './own-answers.ts'
import { listNameOf, roundsOf } from './user-lists.ts'
import { isNetwork, isPasswordHash, isRealm, isUserName } from './words.ts'

/** HAProxy computes hashes between requests: this many rounds hold all others up for some 6 ms. */
const HIGHEST_ROUNDS = 20_000
/** As `gateway/http/auth/basic-auth.ts` has them. */
const LONGEST_HEADER = 1024
const LONGEST_PASSWORD = 256
/** Bytes that are no colon, two digits each. */
const HEX_NAME = '([0-24-9A-F].|3[0-9B-F])*'

const KNOWN: ReadonlySet<string> = new Set<keyof Guard>(['networks', 'https', 'auth'])
const SECURE = '{ var(txn.secure) -m found }'

/**
 * Rules of a backend that keep a route's guards, in the order of the proxy plane; they rely on
 * `clientRules`. Only for guards without a fault. A backend that has all of these lines keeps them,
 * whatever other lines it has: names are made from what they stand for.
 */
export function guardRules({ networks, https, auth }: Guard, options: RenderOptions): string[] {
  return [
    ...(networks === undefined ? [] : networkRules(networks)),
    ...(https === undefined ? [] : httpsRules(options)),
    ...(auth === undefined ? [] : authRules(auth))
  ]
}

/** Why HAProxy can't keep these guards; undefined when it can. */
export function guardFault(guard: Guard, options: RenderOptions): string | undefined {
  const unknown = Object.keys(guard).filter((part) => !KNOWN.has(part))
  if (unknown.length > 0) return 'HAProxy is not told one of its guards'
  const { networks = [], https, auth } = guard
  if (networks.length > MOST_NETWORKS || !networks.every(isNetwork)) {
    return 'HAProxy can’t be told its networks'
  }
  return httpsFault(https, options) ?? (auth === undefined ? undefined : authFault(auth, options))
}

/** What tells guards apart; equal for those that mean the same. */
export function guardKey({ networks, https, auth }: Guard): string {
  return JSON.stringify([networks && unique(networks), https, auth?.realm, auth?.users])
}

function httpsFault(
  https: Guard['https'],
  { tls, trustedProxies }: RenderOptions
): string | undefined {
  if (https === undefined) return undefined
  if (https !== 'redirect') return 'HAProxy can’t be told what it wants of https'
  return tls === undefined && trustedProxies.length === 0
    ? 'its redirect to https needs `haproxy.tlsPort`, or a proxy of `proxy.trustedProxies`'
    : undefined
}

function authFault(
  { realm, users }: BasicAuth,
  { passwords = true }: RenderOptions
): string | undefined {
  if (!passwords) return 'this HAProxy can’t check passwords: it was built without crypt(3)'
  const names = new Set(users.map(({ name }) => name))
  const fits =
    isRealm(realm) &&
    users.length <= MOST_USERS &&
    names.size === users.length &&
    users.every(({ name, hash }) => isUserName(name) && isPasswordHash(hash))
  if (!fits) return 'HAProxy can’t be told its users'
  return users.some(({ hash }) => roundsOf(hash) > HIGHEST_ROUNDS)
    ? `HAProxy is not asked for hashes of more than ${HIGHEST_ROUNDS} rounds`
    : undefined
}

/** IPv4 and IPv6 never match each other's networks. */
function networkRules(networks: readonly string[]): string[] {
  const all = unique(networks)
  const name = `network-${shortHash(all.join(' '), 16)}`
  const acl = [
    ...aclLines(name, 'var(txn.client4) -m ip', all.filter(isIpv4)),
    ...aclLines(
      name,
      'var(txn.client6) -m ip',
      all.filter((one) => !isIpv4(one))
    )
  ]
  return [...acl, answerRule('forbidden', acl.length === 0 ? '{ always_true }' : `!${name}`)]
}

function isIpv4(network: string): boolean {
  return !network.includes(':')
}

/** The same address over TLS; a client that names no host is refused. */
function httpsRules({ tls }: RenderOptions): string[] {
  const port = tls === undefined || tls.port === 443 ? '' : `:${tls.port}`
  const location = `https://%[req.fhdr(host),regsub(":[0-9]*$","")]${port}%[url]`
  return [
    movedRule(location, `!${SECURE} { req.fhdr(host) -m found }`),
    answerRule('guardInvalid', `!${SECURE}`)
  ]
}

/**
 * HAProxy itself takes `B` for `Basic` and ends a password at a zero byte, so what is asked is looked
 * at first. The hash is computed last, and for a user of the list only.
 */
function authRules(auth: BasicAuth): string[] {
  const field = 'req.fhdr(authorization)'
  const decoded = `${field},regsub("^[^ ]* +",""),b64dec,hex`
  const refused = `!credentials or odd-credentials or !{ http_auth(${listNameOf(auth)}) }`
  const challenge = `WWW-Authenticate 'Basic realm="${auth.realm}", charset="UTF-8"'`
  return [
    `acl credentials ${field} -m reg -i '^basic +[A-Za-z0-9+/]+=?=? *$'`,
    'acl odd-credentials req.fhdr_cnt(authorization) gt 1',
    `acl odd-credentials ${field} -m len ${LONGEST_HEADER + 1}:`,
    `acl odd-credentials '${decoded}' -m reg '^(..)*00'`,
    `acl odd-credentials '${decoded},regsub("^${HEX_NAME}3A","")' -m len ${2 * LONGEST_PASSWORD + 1}:`,
    answerRule('unauthorized', refused, [challenge])
  ]
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
