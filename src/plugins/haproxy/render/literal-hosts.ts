import { answerRule } from './own-answers.ts'

/** Holds an address while HAProxy reads it; gone before any task could see it. */
const FIELD = 'x-gateway-literal'

/** `[::a00:7]` and `[::ffff:a00:7]` as URLs have them: the last two groups are an IPv4 address. */
const HOLDS_IPV4 = /^(::(?:ffff:)?)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/

/**
 * Rules that bring an IPv6 literal in `txn.host` into the form of `literalKey`, or refuse it. By
 * `req.hdr_ip`, as a variable can't be read as an IPv6 address alone: where a converter takes both kinds,
 * 2.6 makes IPv4 of `::ffff:a00:7`, and 3.0 even of `::1` and `2002:a00:7::`.
 */
export function literalRules(): string[] {
  const literal = '{ var(txn.host) -m sub ] }'
  return [
    `http-request set-header ${FIELD} '%[var(txn.host),regsub("^\\[",""),regsub("\\]$","")]' if ${literal}`,
    `http-request set-var(txn.literal) req.hdr_ip(${FIELD}) if ${literal}`,
    `http-request del-header ${FIELD} if ${literal}`,
    answerRule('badHost', `${literal} !{ var(txn.literal) -m found }`),
    // A dot would let a wildcard match.
    `http-request set-var(txn.host) 'var(txn.literal),concat("",,""),regsub("[.]","-",g)' if ${literal}`
  ]
}

/**
 * The part of a key that stands for a host: literals without brackets, as HAProxy writes addresses. It
 * writes an IPv4 address that one of them holds in dots, which are hyphens here: `::ffff:10-0-0-7`.
 */
export function literalKey(host: string): string {
  if (!host.startsWith('[')) return host
  const address = host.slice(1, -1)
  const [, start, high, low] = HOLDS_IPV4.exec(address) ?? []
  if (start === undefined || high === undefined || low === undefined) return address
  const bytes = [high, low].flatMap((group) => {
    const number = Number.parseInt(group, 16)
    return [number >> 8, number & 0xff]
  })
  return `${start}${bytes.join('-')}`
}
