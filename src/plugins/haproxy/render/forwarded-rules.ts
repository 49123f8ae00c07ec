import { clientRules } from './client-rules.ts'
import type { RenderOptions } from './options.ts'

/** Names that a CGI-like task takes for one of ours, as `gateway/http/forwarded.ts` drops them. */
const TWINS = [
  'x_forwarded([-_].*)?',
  'x-forwarded_.*',
  'x-forwarded-.*_.*',
  'x_real[-_]ip',
  'x-real_ip',
  'transfer_encoding',
  'content_length',
  'keep_alive',
  'http2_settings',
  'proxy_(connection|authenticate|authorization|authentication[-_]info)',
  'proxy-authentication_info'
]

/** Hop-by-hop fields that HAProxy passes on by itself (RFC 9110 §7.6.1). */
const HOP_BY_HOP =
  '^(keep-alive|http2-settings|proxy-(connection|authenticate|authorization|authentication-info))$'

/** A listener of both kinds names 192.0.2.1 as `::ffff:192.0.2.1`. */
const PEER = '%[src,regsub("^::ffff:([0-9]+[.])","\\1")]'

/** As `gateway/http/methods.ts` has them. */
const IDEMPOTENT = 'GET HEAD OPTIONS PUT DELETE PROPFIND REPORT SEARCH QUERY'

/** A handshake in the one form that is forwarded as such (RFC 6455 §4.1). */
const WEBSOCKET = [
  '{ method GET }',
  '{ req.ver 1.1 }',
  '{ req.fhdr(upgrade) -m str -i websocket }',
  '{ req.fhdr(sec-websocket-version) -m str 13 }',
  '{ req.fhdr(sec-websocket-key) -m found }',
  '!{ req.fhdr(content-length) -m found }',
  '!{ req.fhdr(transfer-encoding) -m found }'
].join(' ')

/** The header fields of a request as they go to a task, and of an answer as they go to the client. */
export function forwardedRules(options: RenderOptions): string[] {
  const trusts = options.trustedProxies.length > 0
  const stranger = trusts ? ' unless { var(txn.trusted) -m found }' : ''
  return [
    ...clientRules(options),
    `http-request del-header '^(x-forwarded(-.*)?|forwarded|x-real-ip)$' -m reg${stranger}`,
    `http-request del-header '^(${TWINS.join('|')})$' -m reg`,
    'http-request del-header proxy',
    `http-request del-header '${HOP_BY_HOP}' -m reg`,
    'http-request del-header trailer unless { req.fhdr(transfer-encoding) -m found }',
    ...managedRules(trusts),
    `http-request set-var(txn.websocket) bool(true) if ${WEBSOCKET}`,
    // HAProxy says itself whether a connection stays; what else `Connection` named ends here.
    ...['upgrade', 'connection'].map(
      (name) => `http-request del-header ${name} unless { var(txn.websocket) -m found }`
    ),
    `http-request disable-l7-retry if !{ method ${IDEMPOTENT} } !{ req.fhdr(idempotency-key) -m found }`,
    `http-response del-header '${HOP_BY_HOP}' -m reg`
  ]
}

/** X-Forwarded-For goes on with the peer; the others are ours unless a trusted proxy said them. */
function managedRules(trusts: boolean): string[] {
  const https = '{ ssl_fc }'
  const absent = (name: string) => (trusts ? ` !{ req.fhdr(${name}) -m found }` : '')
  const chain = '{ req.fhdr_cnt(x-forwarded-for) 1 }'
  return [
    ...(trusts
      ? [
          `http-request set-header X-Forwarded-For '%[req.fhdr(x-forwarded-for)], ${PEER}' if ${chain}`,
          `http-request add-header X-Forwarded-For '${PEER}' if !${chain}`
        ]
      : [`http-request set-header X-Forwarded-For '${PEER}'`]),
    `http-request set-header X-Forwarded-Proto https if ${https}${absent('x-forwarded-proto')}`,
    `http-request set-header X-Forwarded-Proto http if !${https}${absent('x-forwarded-proto')}`,
    `http-request set-header X-Forwarded-Host %[req.fhdr(host)] if { req.fhdr(host) -m found }${absent('x-forwarded-host')}`,
    `http-request set-header X-Forwarded-Port %[dst_port]${trusts ? ` if${absent('x-forwarded-port')}` : ''}`
  ]
}
