import { forwardedMethods } from '../../../gateway/http/methods.ts'
import { type Choice, choiceRules } from './choices.ts'
import { literalRules } from './literal-hosts.ts'
import { obeysAppId, type RenderOptions } from './options.ts'
import { answerRule } from './own-answers.ts'
import { APPS_MAP, BACKENDS_MAP, type Places, ROUTES_MAP, STRICT, STRICT_MARK } from './places.ts'

/** RFC 3986 characters of a target, as `gateway/http/hygiene.ts` has them. */
const TARGET = `"^[]A-Za-z0-9._~!\\$&'()*+,;=:@/?%[-]+\\$"`
/** RFC 9110 §5.5: no control characters but tabs; CR and LF only where HAProxy ends a line itself. */
const FIELDS = '"^[\\x09\\x0a\\x0d\\x20-\\x7e\\x80-\\xff]*\\$"'
const PORT = '(:([0-9]{1,4}|[0-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?'
const NAME = `^([A-Za-z0-9_-]{1,63}\\.)*[A-Za-z0-9_-]{1,63}\\.?${PORT}$`
const LITERAL = `^\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*\\]${PORT}$`

const ROUTES = `map_beg(@folder@/${ROUTES_MAP})`
const UNKNOWN = '!{ var(txn.backend) -m found }'
const HAS_HOST = '{ var(txn.host) -m found }'
/** The first DNS label of a host gives way to an asterisk. */
const wildcard = (asterisk: string) => `regsub("^[^.]*","${asterisk}")`

/** Refuses what Node and `gateway/http/hygiene.ts` refuse, as far as HAProxy gets to see it. */
export function hygieneRules({ maxTargetBytes }: RenderOptions): string[] {
  return [
    answerRule('version', '!{ req.ver 1.1 } !{ req.ver 1.0 }'),
    // Node's parser refuses such a target before the method is looked at; HAProxy 2.8 lets it pass.
    answerRule(
      'badRequest',
      '!{ method CONNECT } !{ url -m beg / * } !{ url -m reg ^[A-Za-z]+:// }'
    ),
    answerRule('methodRefused', '{ method CONNECT TRACE }'),
    answerRule('badRequest', `!{ method ${forwardedMethods.join(' ')} }`),
    answerRule('badRequest', `!{ req.hdrs -m reg ${FIELDS} }`),
    answerRule('headTooLarge', `{ url -m len ${maxTargetBytes + 1}: }`),
    answerRule('badHost', '{ req.fhdr_cnt(host) gt 1 }'),
    answerRule('badHost', '{ req.ver 1.1 } !{ req.fhdr(host) -m found }'),
    answerRule('badFraming', '{ req.ver 1.0 } { req.fhdr(transfer-encoding) -m found }'),
    answerRule('badFraming', '{ req.fhdr(content-length) -m len 16: }'),
    answerRule(
      'expectationFailed',
      '{ req.fhdr(expect) -m found } !{ req.fhdr(expect) -m str -i 100-continue }'
    ),
    answerRule('badPath', `!{ url -m reg ${TARGET} }`),
    ...absoluteRules(),
    answerRule('badPath', '!{ url -m beg / } !{ url -m str * }'),
    answerRule('badPath', '{ url -m str * } !{ method OPTIONS }')
  ]
}

/** Absolute form becomes origin form (RFC 9112 §3.2.2); HAProxy has compared its host to Host. */
function absoluteRules(): string[] {
  return [
    answerRule('badPath', "{ url -m reg -i '^https?://([/?]|$)' }"),
    answerRule('badHost', "{ url -m reg -i '^https?://[^/?]*@' }"),
    "http-request set-uri * if { method OPTIONS } { url -m reg -i '^https?://[^/?]*$' }",
    'http-request set-uri \'%[url,regsub("^[^:/?]+://[^/?]*","/"),regsub("^//","/")]\' if { url -m beg -i http:// https:// }'
  ]
}

/** `OPTIONS *` asks about the gateway itself (RFC 9110 §9.3.7). */
function serverOptionsRule(): string {
  const allow = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
  return `http-request return status 200 hdr Allow "${allow}" if { method OPTIONS } { url -m str * }`
}

/** Host and path in the forms in which `gateway/model` compares them. */
export function normalisingRules(): string[] {
  const odd = 'if { var(txn.odd) -m found }'
  return [
    answerRule(
      'badHost',
      `{ req.fhdr(host) -m found } !{ req.fhdr(host) -m reg '${NAME}' '${LITERAL}' }`
    ),
    'http-request set-var(txn.host) \'req.fhdr(host),lower,regsub("\\.?(:[0-9]+)?$","")\'',
    answerRule('badHost', '{ var(txn.host) -m len 254: }'),
    ...literalRules(),
    serverOptionsRule(),
    answerRule('badPath', '{ path -m sub -i %00 %5c }'),
    'http-request set-var(txn.path) path',
    'http-request set-var(txn.odd) bool(true) if { path -m sub % // /. }',
    `http-request set-var(txn.raw) url ${odd}`,
    `http-request set-var(txn.dots) bool(true) ${odd} { path -m reg '/(\\.|%2[eE])(\\.|%2[eE])?(/|$)' }`,
    // No route has a broken escape in its path, so only what precedes one can match; nor a `^`.
    `http-request set-uri '%[path,regsub("/[^/]*%([^0-9A-Fa-f]|[0-9A-Fa-f][^0-9A-Fa-f]|[0-9A-Fa-f]?$).*$","/^")]' ${odd}`,
    // Without `strict`, HAProxy 2.6 takes a rule with a condition for `path-merge-slashes`.
    `http-request normalize-uri percent-decode-unreserved strict ${odd}`,
    `http-request normalize-uri percent-to-uppercase strict ${odd}`,
    `http-request normalize-uri path-merge-slashes ${odd}`,
    `http-request set-var(txn.path) path ${odd}`,
    // What is forwarded is what came.
    `http-request set-uri %[var(txn.raw)] ${odd}`
  ]
}

/** Sets `txn.section`, once `txn.backend` is known. */
export const SECTION_RULE = `http-request set-var(txn.section) var(txn.backend),map_str(@folder@/${BACKENDS_MAP})`

/** Sets `txn.backend`, or answers: the same steps as `gateway/model/resolve.ts`. */
export function lookupRules({ choices }: Places, options: RenderOptions): string[] {
  const asked = `{ so_name -m beg ${APP_ID_BIND} }`
  const rules = !obeysAppId(options)
    ? []
    : [
        `http-request set-var(txn.backend) req.fhdr(x-marathon-app-id),map_str(@folder@/${APPS_MAP}) if ${asked} { req.fhdr_cnt(x-marathon-app-id) 1 }`,
        answerRule('noRoute', `${asked} { req.fhdr_cnt(x-marathon-app-id) gt 0 } ${UNKNOWN}`)
      ]
  return [
    ...rules,
    ...dotRules(),
    ...classRules(`var(txn.host)`, [UNKNOWN, HAS_HOST], choices.exact),
    ...classRules(`var(txn.host),${wildcard('*')}`, [UNKNOWN, HAS_HOST], choices.wildcard),
    ...classRules('str(*)', [UNKNOWN], choices.any),
    answerRule('noRoute', UNKNOWN),
    SECTION_RULE
  ]
}

function classRules(host: string, when: readonly string[], choices: readonly Choice[]): string[] {
  return [
    `http-request set-var(txn.backend) '${host},concat("",txn.path,"/"),${ROUTES}' if ${when.join(' ')}`,
    ...choices.flatMap(choiceRules)
  ]
}

/** Where paths decide, a path with dot segments could lead elsewhere at the task: it is refused. */
function dotRules(): string[] {
  const dots = `{ var(txn.dots) -m found } ${UNKNOWN}`
  const unknown = '!{ var(txn.strict) -m found }'
  const host = `str(${STRICT_MARK}),concat("",txn.host,"/")`
  const pattern = `var(txn.host),${wildcard(`${STRICT_MARK}*`)},concat("",,"/")`
  const ask = (key: string, when: string) =>
    `http-request set-var(txn.strict) '${key},${ROUTES}' if ${dots} ${when}`
  return [
    ask(host, HAS_HOST),
    ask(pattern, `${HAS_HOST} ${unknown}`),
    ask(`str(${STRICT_MARK}*/)`, unknown),
    answerRule('badPath', `${dots} { var(txn.strict) -m str ${STRICT} }`)
  ]
}

/** Begins the names of listeners that obey `X-Marathon-App-Id`. */
export const APP_ID_BIND = 'app-id-'
