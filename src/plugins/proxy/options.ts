import { type Static, Type } from 'typebox'
import { Duration } from '../../gateway/config/duration.ts'
import { holdOptions } from './hold-options.ts'

const strict = { additionalProperties: false } as const

const bindAddress = (description: string) =>
  Type.String({ default: '', maxLength: 255, description })

const appIdHeader = Type.Boolean({
  default: false,
  description:
    'Route requests with the header `X-Marathon-App-Id: /myapp` to that app, whatever host they name. Only for listeners that strangers can’t reach.'
})

const ejectionOptions = Type.Object(
  {
    after: Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 1000,
      description:
        'Failures in a row after which a task gets no new request for a while: the connection failed, broke off or gave no first byte in time. 0: never. The label `gateway.ejection` of an app goes first.'
    }),
    statuses: Type.Array(Type.Integer({ minimum: 500, maximum: 599 }), {
      default: [],
      maxItems: 20,
      description:
        'Statuses of answers that count as failures. The label `gateway.ejection.statuses` of an app goes first.'
    }),
    time: Duration({
      default: '5s',
      minimum: '100ms',
      description: 'How long it gets none; twice as long each time it fails again.'
    }),
    longestTime: Duration({
      default: '5m',
      minimum: '100ms',
      description: 'The longest that this gets.'
    }),
    agentServices: Type.Integer({
      default: 2,
      minimum: 0,
      maximum: 1000,
      description:
        'When tasks of so many services on one agent can’t be reached or break off within 5 s, all tasks on it get no new request for 10 s. 0: never.'
    })
  },
  {
    ...strict,
    description:
      'Tasks that fail. Never more than half of the tasks of a service are out; when more would be, something else is wrong, and all of them get requests. Each process goes by what it sees.'
  }
)

export const proxyOptions = Type.Object(
  {
    host: bindAddress('Address the front door listens on. Empty: all addresses, IPv6 and IPv4.'),
    port: Type.Integer({
      default: 80,
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the front door. 0: any free one.'
    }),
    appIdHeader,
    listeners: Type.Array(
      Type.Object(
        {
          host: bindAddress('Address of this listener. Empty: all addresses.'),
          port: Type.Integer({
            minimum: 0,
            maximum: 65_535,
            description: 'Port of this listener.'
          }),
          appIdHeader
        },
        strict
      ),
      {
        default: [],
        maxItems: 16,
        description: 'Further listeners beside the front door. In the file only.'
      }
    ),
    lane: Type.Union([Type.Literal('wire'), Type.Literal('full')], {
      default: 'wire',
      description:
        'Where connections of clients begin. `wire`: plain requests are carried by an engine of the gateway’s own, at a fraction of the CPU, and everything else goes on in the full lane. `full`: everything does.'
    }),
    trustedProxies: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      default: [],
      maxItems: 256,
      description:
        'Addresses or networks (`10.0.0.0/8`) of proxies in front, whose `X-Forwarded-*` headers are believed. From all others they are replaced.'
    }),
    hostHeader: Type.Union([Type.Literal('preserve'), Type.Literal('endpoint')], {
      default: 'preserve',
      description:
        'Host header a task sees: the client’s (`preserve`), or the address of the task (`endpoint`).'
    }),
    timeout: Type.Object(
      {
        connect: Duration({
          default: '2s',
          minimum: '1ms',
          description: 'Longest wait for a connection to a task, before another task is tried.'
        }),
        firstByte: Duration({
          default: '60s',
          minimum: '1ms',
          description: 'Longest wait for the first byte of the answer, after the request was sent.'
        }),
        idle: Duration({
          default: '60s',
          minimum: '1ms',
          description:
            'Longest time without a byte in either direction while a request or an answer is on its way. No limit of the total time.'
        }),
        tunnel: Duration({
          default: '1h',
          minimum: '1ms',
          description: 'Longest time without a byte in either direction of a WebSocket.'
        }),
        head: Duration({
          default: '10s',
          minimum: '100ms',
          description: 'Longest time a client may take to send the head of a request.'
        }),
        body: Duration({
          default: '10s',
          minimum: '100ms',
          description:
            'How long a client may take to send the first bytes of a body; then `minBodyRate` holds.'
        }),
        keepAlive: Duration({
          default: '65s',
          minimum: '100ms',
          description:
            'How long an idle connection of a client is kept; longer than that of a load balancer in front.'
        })
      },
      {
        ...strict,
        description: 'How long the front door waits. Labels of an app may say otherwise.'
      }
    ),
    drain: Type.Object(
      {
        requests: Duration({
          default: '60s',
          minimum: '0',
          description:
            'How long a request may still take when its task was killed, left or turned unhealthy: up to `taskKillGracePeriodSeconds` of its app, and for apps without one this long. Then it is broken off; an idempotent one that has no answer yet goes to another task.'
        }),
        streams: Duration({
          default: '30s',
          minimum: '0',
          description:
            'How long WebSockets and endless answers (`text/event-stream` and the like) go on when their task was killed, left or turned unhealthy, or when the gateway stops. Then they are closed, WebSockets with 1001 (going away), so that clients come again.'
        })
      },
      {
        ...strict,
        description:
          'What becomes of what runs at a task that takes no more requests. New requests go elsewhere at once.'
      }
    ),
    minBodyRate: Type.Integer({
      default: 240,
      minimum: 0,
      maximum: 1_048_576,
      description:
        'Fewest bytes per second, on average, at which a client sends the body of a request; a slower one gets 408. Holds until the answer begins. 0: as slow as `timeout.idle` allows.'
    }),
    attempts: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 20,
      description:
        'Most tasks that one request is sent to, where sending it again is safe. A task that takes no connection does not count: nothing reached it.'
    }),
    replayBytes: Type.Integer({
      default: 65_536,
      minimum: 0,
      maximum: 16_777_216,
      description:
        'Largest request body, in bytes, that is kept so that an idempotent request can be sent again. Bodies whose announced length is not above it, and not above 65536, are read as a whole before a task is asked.'
    }),
    ejection: ejectionOptions,
    hold: holdOptions,
    slowStart: Duration({
      default: '0',
      description:
        'How long a task that joins a running service takes to get its full share of requests; it begins with a tenth. 0: at once. The label `gateway.slow-start` of an app goes first.'
    }),
    maxConnectionsPerEndpoint: Type.Integer({
      default: 1024,
      minimum: 1,
      maximum: 65_535,
      description: 'Most connections to one task.'
    }),
    maxConnections: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 10_000_000,
      description:
        'Most connections of clients to each process; further ones get 503 GW_EXHAUSTED. 0: as many as its limit of open files (`ulimit -n`) has room for, when a quarter is left for connections to tasks: a little less than three quarters of it.'
    }),
    maxConnectionsPerClient: Type.Integer({
      default: 4096,
      minimum: 0,
      maximum: 1_000_000,
      description:
        'Most connections of one client address (of IPv6, of one /64 network) to each process; further ones get 429. Trusted proxies are not counted. 0: any number.'
    }),
    maxHeadBytes: Type.Integer({
      default: 32_768,
      minimum: 1024,
      maximum: 1_048_576,
      description: 'Largest head of a request or an answer, in bytes.'
    }),
    maxFields: Type.Integer({
      default: 200,
      minimum: 10,
      maximum: 2000,
      description: 'Most header fields of a request or an answer.'
    }),
    maxTargetBytes: Type.Integer({
      default: 8192,
      minimum: 256,
      maximum: 65_536,
      description: 'Longest request target (path and query), in bytes.'
    })
  },
  { ...strict, description: 'The front door: where clients connect.' }
)

export type ProxyOptions = Static<typeof proxyOptions>
