import Type, { type Static } from 'typebox'
import { Duration } from './duration.ts'
import { routing } from './routing-schema.ts'

const strict = { additionalProperties: false } as const

const auth = Type.Object(
  {
    user: Type.String({
      default: '',
      description: 'Name for HTTP basic authentication at Marathon. Empty: none.'
    }),
    password: Type.String({
      default: '',
      secret: true,
      description: 'Password that belongs to `marathon.auth.user`. Better kept in a file.'
    }),
    passwordFile: Type.String({
      default: '',
      file: true,
      description: 'File whose content, without the line break at its end, is the password.'
    }),
    token: Type.String({
      default: '',
      secret: true,
      description: 'DC/OS token, sent as `Authorization: token=…`. Better kept in a file.'
    }),
    tokenFile: Type.String({
      default: '',
      file: true,
      description: 'File that holds the DC/OS token.'
    }),
    serviceAccountFile: Type.String({
      default: '',
      file: true,
      description: 'JSON file of a DC/OS service account: the gateway logs in with it by itself.'
    })
  },
  { ...strict, description: 'How the gateway proves to Marathon who it is; one way at most.' }
)

const marathon = Type.Object(
  {
    urls: Type.Array(
      Type.String({ pattern: '^https?://[^/?#@\\s]+(/[^?#\\s]*)?$', maxLength: 2000 }),
      {
        default: [],
        maxItems: 20,
        expected: 'an address such as http://marathon:8080, without credentials',
        description:
          'Addresses of the Marathon nodes of one cluster; any of them may be the leader.'
      }
    ),
    auth,
    caFile: Type.String({
      default: '',
      file: true,
      description:
        'PEM file of the authority that signed Marathon’s certificate. Empty: those of Node.'
    }),
    insecureSkipVerify: Type.Boolean({
      default: false,
      description:
        'Take any certificate of Marathon. For trials only: anybody in between can pose as Marathon.'
    }),
    connectTimeout: Duration({
      default: '3s',
      minimum: '10ms',
      description: 'Longest wait for a connection to a Marathon node before the next one is tried.'
    }),
    requestTimeout: Duration({
      default: '30s',
      minimum: '100ms',
      description: 'Longest wait for a whole answer of Marathon; large clusters answer slowly.'
    }),
    maxAnswerBytes: Type.Integer({
      default: 268_435_456,
      minimum: 65_536,
      maximum: 1_073_741_824,
      description: 'Largest answer of Marathon that is taken, in bytes after unpacking.'
    }),
    lossGuard: Type.Boolean({
      default: true,
      description:
        'Hold what an answer of Marathon takes away without a reason (more than half of an app’s tasks, or 30 % of all) until two further answers say the same and its tasks take no connection. See docs/when-marathon-fails.md.'
    }),
    taskNetworks: Type.Array(
      Type.String({
        maxLength: 64,
        pattern: '^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$'
      }),
      {
        default: [],
        maxItems: 256,
        expected: 'an address or a network such as 10.0.0.0/8',
        description:
          'Addresses and networks where tasks may be; a task elsewhere is a problem, and gets no request. Names of agents are not held against them. Empty: anywhere. Link-local and unspecified addresses and the admin side are never used.'
      }
    ),
    silenceTimeout: Duration({
      default: '25s',
      minimum: '1s',
      description:
        'Event stream without a byte for this long is dead and is opened anew; Marathon sends a heartbeat every 10 seconds.'
    })
  },
  { ...strict, description: 'The Marathon cluster whose apps are routed to.' }
)

const state = Type.Object(
  {
    file: Type.String({
      default: '',
      file: true,
      description:
        'File that keeps across restarts which app holds which host, and which apps and tasks there were: a gateway that starts while Marathon is away serves from it. It holds no environment and no labels of others. Empty: kept in memory only.'
    })
  },
  { ...strict, description: 'What outlives the process.' }
)

const shutdown = Type.Object(
  {
    delay: Duration({
      default: '5s',
      description:
        'After SIGTERM, how long requests are still taken while `/readyz` fails, so that load balancers notice. Answers say `Connection: close` by then.'
    }),
    timeout: Duration({
      default: '30s',
      description:
        'After the delay, how long running requests may take to finish. WebSockets and endless answers have `proxy.drain.streams`, and end shortly before this time is over at the latest.'
    })
  },
  { ...strict, description: 'How the gateway stops.' }
)

const log = Type.Object(
  {
    level: Type.Union(
      ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'].map((level) =>
        Type.Literal(level)
      ),
      { default: 'info', description: 'Least severe level that is written; one JSON line each.' }
    )
  },
  { ...strict, description: 'The log on standard output.' }
)

const plugins = Type.Array(
  Type.Object(
    {
      path: Type.String({
        minLength: 1,
        file: true,
        description: 'Module with the plugin, relative to the configuration file.'
      }),
      options: Type.Record(Type.String(), Type.Unknown(), {
        default: {},
        description: 'Options of the plugin, checked by its own schema.'
      })
    },
    strict
  ),
  {
    default: [],
    maxItems: 100,
    description: 'Plugins of your own, in the order in which they start. In the file only.'
  }
)

const plane = Type.Union(
  ['proxy', 'haproxy', 'both'].map((name) => Type.Literal(name)),
  {
    default: 'proxy',
    description:
      'Who carries the bytes: the gateway itself (`proxy`), an HAProxy that it configures and steers (`haproxy`), or that HAProxy in front and the gateway behind it, on a unix socket, for the routes that HAProxy can’t carry (`both`).'
  }
)

const workers = Type.Union([Type.Literal('auto'), Type.Integer({ minimum: 1, maximum: 64 })], {
  default: 1,
  expected: 'auto, or a whole number from 1 to 64',
  description:
    'Processes that carry the traffic, with plane `proxy`; `auto`: one for each processor. With 1 the gateway is one process; with more, one of its own leads them, and the number can be changed while they run.'
})

/** Sections of the configuration that the kernel knows; each plugin adds one of its own. */
export const coreSections = { marathon, routing, plane, workers, state, shutdown, log, plugins }

/** The kernel's part alone, without the sections of plugins. */
export const coreSchema = Type.Object(coreSections, strict)

/** The kernel's part of the configuration, complete: every option has a value. */
export type CoreConfig = Static<typeof coreSchema>
