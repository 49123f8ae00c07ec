import { type EjectionValues, ejectionDefinitions } from './ejection-definitions.ts'
import { CLOSES, type GuardValues, guardDefinitions } from './guard-definitions.ts'
import type { LabelContext, Parsed, PickerChoice } from './label-values.ts'
import {
  parseBoolean,
  parseGroups,
  parseHooks,
  parseHosts,
  parsePath,
  parsePicker,
  parsePortRef,
  parsePriority,
  parseServiceName,
  parseSticky,
  parseUpgrade,
  parseWeight
} from './label-values.ts'
import { type ProbeValues, probeDefinitions } from './probe-definitions.ts'
import { DEFAULT_APPLIES, type TimeoutValues, timeoutDefinitions } from './timeout-definitions.ts'

/** What every label begins with. */
export const LABEL_PREFIX = 'gateway.'

/** Values by key, as they arrive in routing. */
export interface LabelValues extends GuardValues, TimeoutValues, ProbeValues, EjectionValues {
  readonly enabled: boolean
  readonly hosts: readonly string[]
  readonly path: string
  readonly 'path.strip': boolean
  readonly port: string
  readonly service: string
  readonly weight: number
  readonly picker: PickerChoice
  readonly sticky: string
  readonly priority: number
  readonly group: readonly string[]
  readonly upgrade: 'websocket' | 'none'
  readonly hooks: string
}

export type LabelKey = keyof LabelValues

export interface LabelDefinition<Value> {
  readonly meaning: string
  readonly values: string
  /** What holds without the label. */
  readonly default: string
  readonly example: string
  readonly whenWrong: string
  /** `app`: says something about the whole app only. `inherited`: at the app it speaks for all ports. `port`: at the app it speaks for the default port. */
  readonly scope: 'app' | 'inherited' | 'port'
  /** A wrong value closes the app's routes (503 GW_GUARD_INVALID). */
  readonly protective: boolean
  parse(raw: string, context: LabelContext): Parsed<Value>
}

/** Every label of the gateway itself. Routing, checks and `docs/labels.md` all come from here. */
export const labelDefinitions: { readonly [Key in LabelKey]: LabelDefinition<LabelValues[Key]> } = {
  enabled: {
    meaning:
      'Whether the app is reachable through the gateway at all. Without routes its hosts answer 404. With `routing.expose: labelled`, `true` asks for the default routes.',
    values: '`true` or `false`',
    default:
      '`true`; with `routing.expose: labelled` only for apps with `gateway.hosts` or `gateway.path`',
    example: '"gateway.enabled": "false"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseBoolean
  },
  hosts: {
    meaning:
      'Hosts the app answers for, in place of the default ones. Compared without case, port and trailing dot; letters beyond ASCII count as punycode. `*.example.com` matches exactly one further DNS label. A host belongs to the app that had it first: other apps outside of its Marathon group get a problem and no route there.',
    values:
      'hosts, separated by commas or white space, up to `routing.limits.hosts`: exact names, `*.example.com`, IP addresses, `[::1]`',
    default:
      '`<id reversed>.<domain>` for each configured domain: `/shop/api` answers at `api.shop.local`',
    example: '"gateway.hosts": "shop.example.com, *.shop.example.com"',
    whenWrong:
      'A problem is reported and that host alone is left out; if none is left, the default applies.',
    scope: 'port',
    protective: false,
    parse: parseHosts
  },
  path: {
    meaning:
      'The path the app answers for, with everything below it; matches end at segment borders. With `gateway.hosts`, on these hosts. Without, on every host and for requests without one, in place of the default hosts.',
    values: 'an absolute path without `.` and `..` segments, up to 1024 characters',
    default: '`/` on the hosts of the app',
    example: '"gateway.path": "/api"',
    whenWrong: 'A problem is reported and the path counts as absent.',
    scope: 'port',
    protective: false,
    parse: parsePath
  },
  'path.strip': {
    meaning:
      'Whether the segments that matched `gateway.path` are removed from the path that the task sees; slashes next to them count as one.',
    values: '`true` or `false`',
    default: '`false`',
    example: '"gateway.path.strip": "true"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'port',
    protective: false,
    parse: parseBoolean
  },
  port: {
    meaning:
      'The default port of the app: the one that labels without a port speak about. For an app with a container network and without port definitions, the number of the port itself.',
    values: 'a port index, counted from 0, or a port name',
    default: 'the first TCP port',
    example: '"gateway.port": "http"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'app',
    protective: false,
    parse: parsePortRef
  },
  service: {
    meaning:
      'Apps of one Marathon group with the same name here form one service: every host and path that one of them declares leads to all of them, in shares by `gateway.weight`. When none declares any, they answer at `<name>.<group reversed>.<domain>`. Equal routes follow the settings of the smallest app id.',
    values: 'lower-case letters, digits and hyphens, up to 63',
    default: 'each app is a service of its own',
    example: '"gateway.service": "web"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'port',
    protective: false,
    parse: parseServiceName
  },
  weight: {
    meaning:
      "The app's share of the requests among the apps of its `gateway.service`, whatever its number of tasks; 0 takes none.",
    values: 'a whole number from 0 to 1000',
    default: '`1`',
    example: '"gateway.weight": "10"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseWeight
  },
  picker: {
    meaning:
      'How an endpoint is chosen for a request. `least-requests` takes the less busy of two random ones; `hash` sends equal values of a header or cookie to the same endpoint, and requests without one to a random one.',
    values:
      '`round-robin`, `random`, `least-requests`, `hash:header:<name>`, `hash:cookie:<name>`, or the name of a picker that a plugin adds',
    default: '`routing.picker` of the configuration, `round-robin`',
    example: '"gateway.picker": "hash:header:x-user"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parsePicker
  },
  sticky: {
    meaning:
      'A cookie that leads a client to the same task again. When that task is gone another one is chosen and the cookie is set anew.',
    values: 'a cookie name; `true` for `gateway-sticky`; `false`',
    default: '`false`',
    example: '"gateway.sticky": "shop-node"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parseSticky
  },
  priority: {
    meaning:
      'Which route goes first among routes of one app or one Marathon group with the same host and path: the higher one. It never wins over the holder of a host from another group, nor in the root group.',
    values: 'a whole number from -1000 to 1000',
    default: '`0`',
    example: '"gateway.priority": "10"',
    whenWrong: DEFAULT_APPLIES,
    scope: 'inherited',
    protective: false,
    parse: parsePriority
  },
  group: {
    meaning:
      'Which gateways serve the app, when several share a cluster. A gateway with `routing.groups` serves the apps that name one of its groups; `*` there means every app, an empty name the apps without this label. A gateway without groups serves every app.',
    values: 'group names, separated by commas or white space',
    default: 'no group',
    example: '"gateway.group": "external"',
    whenWrong: 'A problem is reported and that name counts as a group that no gateway has.',
    scope: 'app',
    protective: false,
    parse: parseGroups
  },
  upgrade: {
    meaning: 'Whether a request may turn its connection into a WebSocket.',
    values: '`websocket` or `none`',
    default: '`websocket`',
    example: '"gateway.upgrade": "none"',
    whenWrong: 'A problem is reported and `none` applies.',
    scope: 'inherited',
    protective: false,
    parse: parseUpgrade
  },
  hooks: {
    meaning: 'The hook set, added by a plugin, that requests of the app pass through.',
    values: 'the name of a hook set',
    default: 'none',
    example: '"gateway.hooks": "sign-in"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseHooks
  },
  ...guardDefinitions,
  ...timeoutDefinitions,
  ...probeDefinitions,
  ...ejectionDefinitions
}

/** Every key, in the order of the documentation. */
export const labelKeys = Object.keys(labelDefinitions) as readonly LabelKey[]

const keySet: ReadonlySet<string> = new Set(labelKeys)

export function isLabelKey(key: string): key is LabelKey {
  return keySet.has(key)
}
