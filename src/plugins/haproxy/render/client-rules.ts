import { aclLines } from './acl-lines.ts'
import type { RenderOptions } from './options.ts'

/** Longer chains of proxies are refused: HAProxy remembers the last ten values of a field. */
export const MOST_HOPS = 8

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
/** HAProxy itself takes `010.0.0.1`, `10.0.0.1:80` and `10.0.0.1 x` for addresses. */
const IPV4 = `^${OCTET}(\\.${OCTET}){3}$`
const IPV6 = '^[0-9a-f]*:[0-9a-f:.]*$'
/** A listener of both kinds names 192.0.2.1 as `::ffff:192.0.2.1`. */
const PLAIN = 'regsub("^::ffff:([0-9]+[.])","\\1")'
/** HAProxy takes 6to4 and IPv4-compatible IPv6 addresses for the IPv4 one that they hold. */
const DISGUISES = '2002::/16 ::/96'

/**
 * Rules that say who sent a request, for the rules behind them:
 * `txn.trusted`, when the peer is a proxy whose forwarding fields are believed;
 * `txn.client4` or `txn.client6`, the address of the client itself as
 * `gateway/http/client-address.ts` has it, neither when nobody can tell;
 * `txn.secure`, when the client itself uses TLS.
 */
export function clientRules({ trustedProxies }: RenderOptions): string[] {
  if (trustedProxies.length === 0) return strangerRules()
  const trust = trustOf(trustedProxies)
  return [
    ...trust.lines,
    'http-request set-var(txn.client) src',
    `http-request set-var(txn.told) 'src,${PLAIN}'`,
    `http-request set-var(txn.trusted) bool(true) if ${trust.holds}`,
    `http-request set-var(txn.walk) bool(true) if { var(txn.trusted) -m found }`,
    ...Array.from({ length: MOST_HOPS }, (_, at) => hopRules(at + 1, trust.failsAfter)).flat(),
    `http-request unset-var(txn.client) if ${WALKS} { req.hdr_cnt(x-forwarded-for) gt ${MOST_HOPS} }`,
    // By what was told, as `::ffff:a00:1` is an IPv6 address for the gateway.
    'http-request set-var(txn.client6) var(txn.client) if { var(txn.told) -m sub : }',
    'http-request set-var(txn.client4) var(txn.client) if !{ var(txn.told) -m sub : }',
    ...secureRules()
  ]
}

/** Nobody is believed. */
function strangerRules(): string[] {
  return [
    `http-request set-var(txn.client4) src if { src 0.0.0.0/0 } !{ src ${DISGUISES} }`,
    'http-request set-var(txn.client6) src unless { var(txn.client4) -m found }',
    'http-request set-var(txn.secure) bool(true) if { ssl_fc }'
  ]
}

interface Trust {
  readonly lines: readonly string[]
  /** The client that is known so far is a trusted proxy. */
  readonly holds: string
  /** It is none, behind another condition. */
  failsAfter(condition: string): string
}

function trustOf(networks: readonly string[]): Trust {
  const four = networks.filter((network) => !network.includes(':'))
  const six = networks.filter((network) => network.includes(':'))
  const sample = 'var(txn.client) -m ip'
  const lines = [
    ...aclLines('trusted4', sample, four),
    ...aclLines('trusted6', sample, six),
    ...aclLines('disguised', sample, DISGUISES.split(' '))
  ]
  const no6 = six.length === 0 ? [] : ['!trusted6']
  if (four.length === 0)
    return { lines, holds: 'trusted6', failsAfter: (one) => `${one} !trusted6` }
  return {
    lines,
    holds: ['trusted4 !disguised', ...(six.length === 0 ? [] : ['trusted6'])].join(' or '),
    failsAfter: (one) =>
      [[one, ...no6, '!trusted4'].join(' '), [one, ...no6, 'disguised'].join(' ')].join(' or ')
  }
}

/** All proxies up to here are trusted. */
const WALKS = '{ var(txn.walk) -m found }'

/**
 * One proxy told of whom it forwards for: the value of that number from the right. What is no address
 * leaves no client, and nothing further is believed.
 */
function hopRules(number: number, failsAfter: Trust['failsAfter']): string[] {
  return [
    `http-request unset-var(txn.walk) if ${WALKS} !{ req.hdr_cnt(x-forwarded-for) ge ${number} }`,
    `http-request unset-var(txn.client) if ${WALKS}`,
    `http-request set-var(txn.told) 'req.hdr(x-forwarded-for,-${number}),lower,${PLAIN}' if ${WALKS}`,
    // The converter `ipmask` would make IPv4 of `2002:a00:7::` since 3.0.
    `http-request set-var(txn.client) req.hdr_ip(x-forwarded-for,-${number}) if ${WALKS} { var(txn.told) -m reg '${IPV4}' '${IPV6}' }`,
    `http-request unset-var(txn.walk) if ${failsAfter(WALKS)}`
  ]
}

/** As `isSecure` of the proxy plane: what a trusted proxy says counts, each word of it. */
function secureRules(): string[] {
  const field = 'req.fhdr(x-forwarded-proto)'
  const trusted = '{ var(txn.trusted) -m found }'
  const said = `{ ${field} -m found }`
  const isOther = `{ '${field},lower,regsub("^[ \\t]*https([ \\t]*,[ \\t]*https)*[ \\t]*$","")' -m len 1: }`
  return [
    `http-request set-var(txn.secure) bool(true) if { ssl_fc } !${trusted} or { ssl_fc } !${said}`,
    `http-request set-var(txn.secure) bool(true) if ${trusted} ${said} !${isOther} !{ ${field} -m len 0 }`
  ]
}
