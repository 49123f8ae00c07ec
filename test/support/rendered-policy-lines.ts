import { answerRule } from '../../src/plugins/haproxy/render/own-answers.ts'

const HOST =
  '(?:(?:\\*\\.)?[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?'

/** What a label, a file or a plugin may bring into a line, by the place it has there. */
const PLACES: Readonly<Record<string, string>> = {
  networks: '(?: [0-9a-fA-F.:]+(?:/[0-9]{1,3})?)+',
  host: HOST,
  hosts: `(?: ${HOST})+`,
  path: '/[A-Za-z0-9._~!$&()*+,=:@/%-]*',
  target: '/[A-Za-z0-9._~!$&()*+,=:@/?%-]*',
  users: 'gateway\\.users-[0-9a-f]{16}',
  user: '[A-Za-z0-9._@+-]{1,64}',
  realm: '[A-Za-z0-9][A-Za-z0-9._-]*',
  hash: '\\$[56]\\$(?:rounds=[0-9]{4,5}\\$)?[./0-9A-Za-z]{1,16}\\$[./0-9A-Za-z]{43,86}',
  number: '[0-9]{1,10}',
  four: '[46]',
  digest: '[0-9a-f]{16}'
}

const MOVED = 'http-response set-header Location'
const OWN = 'if own-place { var(txn.rest) -m beg / } !{ var(txn.rest) -m beg // }'

/** Every form of line that guards and rewritings bring, as an expression without its ends. */
export const policyForms: readonly string[] = [
  'userlist «users»',
  "  user «user» password '«hash»'",
  '  acl network-«digest» var(txn.client«four») -m ip«networks»',
  `  ${answerRule('forbidden', '!network-«digest»')}`,
  `  ${answerRule('forbidden', '{ always_true }')}`,
  `  http-request return status 301 hdr Location 'https://%[req.fhdr(host),regsub(":[0-9]*$","")]%[url]' if !{ var(txn.secure) -m found } { req.fhdr(host) -m found }`,
  `  ${answerRule('guardInvalid', '!{ var(txn.secure) -m found }')}`,
  "  acl credentials req.fhdr(authorization) -m reg -i '^basic +[A-Za-z0-9+/]+=?=? *$'",
  '  acl odd-credentials req.fhdr_cnt(authorization) gt 1',
  '  acl odd-credentials req.fhdr(authorization) -m len 1025:',
  `  acl odd-credentials 'req.fhdr(authorization),regsub("^[^ ]* +",""),b64dec,hex' -m reg '^(..)*00'`,
  `  acl odd-credentials 'req.fhdr(authorization),regsub("^[^ ]* +",""),b64dec,hex,regsub("^([0-24-9A-F].|3[0-9B-F])*3A","")' -m len 513:`,
  `  ${answerRule('unauthorized', '!credentials or odd-credentials or !{ http_auth(«users») }', [
    `WWW-Authenticate 'Basic realm="«realm»", charset="UTF-8"'`
  ])}`,
  '  http-response del-header Strict-Transport-Security',
  '  http-response set-header Strict-Transport-Security max-age=«number» if { var(txn.secure) -m found }',
  "  http-request return status 301 hdr Location '«target»' if { path -m str / }",
  '  http-request set-header Host «host»',
  "  http-request replace-uri '^(/+[^/?]+){«number»}/*(.*)$' '/\\2' if { 'var(txn.path),concat(/)' -m beg '«path»/' } !{ var(txn.dots) -m found }",
  '  acl own-place var(txn.place) -m str«hosts»',
  '  acl own-place var(txn.place) -m beg /',
  `  http-response set-var(txn.rest) 'res.fhdr(location),regsub("^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]*","")' if { res.fhdr_cnt(location) 1 }`,
  `  http-response set-var(txn.place) 'res.fhdr(location),lower,regsub("^https?://([^/?#]*)/.*$","\\1"),regsub(":[0-9]*$","")'`,
  `  http-response set-var(txn.below) bool(true) if { 'var(txn.rest),regsub("[?#].*$",""),concat(/)' -m beg '«path»/' }`,
  `  ${MOVED} %[var(txn.rest)] ${OWN}`,
  `  ${MOVED} %[var(txn.rest)] ${OWN} { var(txn.below) -m found }`,
  `  ${MOVED} '«path»%[var(txn.rest)]' ${OWN} !{ var(txn.below) -m found }`
].map(expressionOf)

function expressionOf(form: string): string {
  return form
    .split(/«(\w+)»/)
    .map((part, at) =>
      at % 2 === 1 ? (PLACES[part] ?? '') : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    )
    .join('')
}
