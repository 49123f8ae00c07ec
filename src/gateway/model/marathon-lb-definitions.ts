import { parseNetworks } from './guard-values.ts'
import type { LabelKey, LabelValues } from './label-definitions.ts'
import type { LabelContext, Parsed } from './label-values.ts'
import { parseGroups, parseHosts } from './label-values.ts'
import {
  parseLbAddress,
  parseLbAuth,
  parseLbBalance,
  parseLbBoolean,
  parseLbCertificate,
  parseLbMode,
  parseLbPath,
  parseLbPaths,
  parseLbPort,
  parseLbRedirect,
  parseLbWeight
} from './marathon-lb-values.ts'

/** What marathon-lb's labels say of one port beyond what labels of the gateway can. */
export interface MarathonLbPort {
  readonly paths?: readonly string[]
  /** Prefix that is removed, and the virtual host becomes Host. */
  readonly proxyPassPath?: string
  /** Prefix that `Location` of answers gets. */
  readonly revProxyPath?: string
  readonly rootRedirect?: string
  readonly servicePort?: number
  readonly mode?: 'tcp' | 'http'
  readonly address?: string
  readonly certificate?: string
  /** Why nothing may listen at the service port: what a label asks for can't be had. */
  readonly unopened?: string
}

/** What one label says: something that a `gateway.` label says as well, or something of its own. */
export interface MarathonLbFacts {
  readonly said?: { readonly [Key in LabelKey]?: LabelValues[Key] }
  readonly own?: MarathonLbPort
}

export interface MarathonLbDefinition {
  /** The label to use in its place; empty: there is none. */
  readonly native: LabelKey | ''
  readonly protective: boolean
  /** Nothing may listen at the service port when the value is wrong. */
  readonly listens?: true
  parse(raw: string, context: LabelContext): Parsed<MarathonLbFacts>
}

/** What USE_HSTS stands for, in seconds. */
const HALF_A_YEAR_S = 15_768_000
/** Name of its sticky cookie. */
const STICKY_COOKIE = 'mesosphere_server_id'

function define<Value>(
  native: LabelKey | '',
  parse: (raw: string, context: LabelContext) => Parsed<Value>,
  meaning: (value: Value) => MarathonLbFacts,
  protective = false
): MarathonLbDefinition {
  return {
    native,
    protective,
    parse(raw, context) {
      const { value, problems } = parse(raw, context)
      return value === undefined ? { problems } : { value: meaning(value), problems }
    }
  }
}

function guard<Value>(
  native: LabelKey,
  parse: (raw: string) => Parsed<Value>,
  meaning: (value: Value) => MarathonLbFacts['said']
): MarathonLbDefinition {
  return define(native, parse, (value) => ({ said: meaning(value) ?? {} }), true)
}

/** Without an address or a certificate that was asked for, a port would be open to more people. */
function listening(
  parse: (raw: string) => Parsed<string>,
  meaning: (value: string) => MarathonLbPort
): MarathonLbDefinition {
  return { ...define('', parse, (value) => ({ own: meaning(value) })), listens: true }
}

/** By name: `HAPROXY_<port index>_<name>`. */
export const marathonLbDefinitions: ReadonlyMap<string, MarathonLbDefinition> = new Map([
  ['VHOST', define('hosts', parseHosts, (hosts) => ({ said: { hosts } }))],
  ['PATH', define('path', parseLbPaths, (paths) => ({ own: { paths } }))],
  ['GROUP', define('group', parseGroups, (group) => ({ said: { group } }))],
  ['BALANCE', define('picker', parseLbBalance, (picker) => ({ said: { picker } }))],
  ['BACKEND_WEIGHT', define('priority', parseLbWeight, (priority) => ({ said: { priority } }))],
  [
    'STICKY',
    define('sticky', parseLbBoolean, (on) => ({ said: { sticky: on ? STICKY_COOKIE : '' } }))
  ],
  ['ENABLED', guard('enabled', parseLbBoolean, (enabled) => ({ enabled }))],
  [
    'REDIRECT_TO_HTTPS',
    guard('https', parseLbBoolean, (on) => (on ? { https: 'redirect' as const } : {}))
  ],
  ['USE_HSTS', guard('hsts', parseLbBoolean, (on) => (on ? { hsts: HALF_A_YEAR_S } : {}))],
  ['AUTH', guard('auth', parseLbAuth, (auth) => ({ auth }))],
  ['BACKEND_NETWORK_ALLOWED_ACL', guard('networks', parseNetworks, (networks) => ({ networks }))],
  [
    'HTTP_BACKEND_PROXYPASS_PATH',
    define('path.strip', parseLbPath, (proxyPassPath) => ({ own: { proxyPassPath } }))
  ],
  [
    'HTTP_BACKEND_REVPROXY_PATH',
    define('', parseLbPath, (revProxyPath) => ({ own: { revProxyPath } }))
  ],
  [
    'HTTP_BACKEND_REDIR',
    define('', parseLbRedirect, (rootRedirect) => ({ own: { rootRedirect } }))
  ],
  ['PORT', define('', parseLbPort, (servicePort) => ({ own: { servicePort } }))],
  ['MODE', define('', parseLbMode, (mode) => ({ own: { mode } }))],
  ['BIND_ADDR', listening(parseLbAddress, (address) => ({ address }))],
  ['SSL_CERT', listening(parseLbCertificate, (certificate) => ({ certificate }))]
])
