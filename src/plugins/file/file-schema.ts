import { type Static, Type } from 'typebox'
import { Duration } from '../../gateway/config/duration.ts'
import { LARGEST_EJECTION, MOST_STATUSES } from '../../gateway/model/ejection-values.ts'
import { MOST_NETWORKS, MOST_USERS } from '../../gateway/model/guard-values.ts'
import { HIGHEST_PRIORITY, HIGHEST_WEIGHT } from '../../gateway/model/label-values.ts'

const AppId = Type.String({
  pattern: '^/[^\\s#]{1,500}$',
  expected: 'an app id such as /shop/api',
  description: 'Id of a Marathon app.'
})
const Host = Type.String({
  minLength: 1,
  maxLength: 260,
  description: 'Exact, or `*.example.com`.'
})
const Weight = Type.Integer({
  minimum: 0,
  maximum: HIGHEST_WEIGHT,
  default: 1,
  description: 'Share of the requests, whatever the number of tasks; 0 takes none.'
})
const Priority = Type.Integer({
  minimum: -HIGHEST_PRIORITY,
  maximum: HIGHEST_PRIORITY,
  default: 0,
  description:
    'Among routes of one host and path with as many conditions, the higher one goes first.'
})
const SourceName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  expected: 'the name of a source',
  description: 'Which source the app is in, where several know one of that id.'
})
const ServiceName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  expected: 'the name of a service of this file',
  description: 'A service of this file.'
})
const PortRef = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  expected: 'a port index in quotes, or a port name',
  description: 'Index or name of the port; unset: the default port of the app.'
})
const closed = { additionalProperties: false } as const

/** A service with addresses of its own, without Marathon. */
export const fileService = Type.Object(
  {
    endpoints: Type.Array(Type.String({ maxLength: 300 }), {
      maxItems: 1000,
      expected: 'host:port',
      description: 'Addresses, `host:port` or `[::1]:port`.'
    }),
    picker: Type.Optional(
      Type.String({ maxLength: 200, description: 'As the label `gateway.picker`.' })
    ),
    sticky: Type.Optional(
      Type.String({ maxLength: 128, description: 'Name of the sticky cookie.' })
    ),
    timeouts: Type.Optional(
      Type.Object(
        {
          connect: Type.Optional(
            Duration({
              default: '5s',
              minimum: '1ms',
              description: 'As `gateway.timeout.connect`.'
            })
          ),
          firstByte: Type.Optional(
            Duration({
              default: '60s',
              minimum: '1ms',
              description: 'As `gateway.timeout.first-byte`.'
            })
          ),
          idle: Type.Optional(
            Duration({ default: '5m', minimum: '1ms', description: 'As `gateway.timeout.idle`.' })
          )
        },
        closed
      )
    ),
    probe: Type.Optional(
      Type.Object(
        {
          target: Type.String({ maxLength: 300, description: 'As the label `gateway.probe`.' }),
          interval: Type.Optional(
            Duration({
              default: '5s',
              minimum: '1s',
              description: 'As `gateway.probe.interval`.'
            })
          ),
          timeout: Type.Optional(
            Duration({ default: '2s', minimum: '1ms', description: 'As `gateway.probe.timeout`.' })
          )
        },
        closed
      )
    ),
    ejection: Type.Optional(
      Type.Object(
        {
          after: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: LARGEST_EJECTION,
              description: 'As the label `gateway.ejection`; 0: never.'
            })
          ),
          statuses: Type.Optional(
            Type.Array(Type.Integer({ minimum: 500, maximum: 599 }), {
              maxItems: MOST_STATUSES,
              description: 'As the label `gateway.ejection.statuses`.'
            })
          )
        },
        closed
      )
    ),
    slowStart: Type.Optional(
      Duration({ default: '0s', minimum: '0ms', description: 'As the label `gateway.slow-start`.' })
    )
  },
  closed
)

const target = {
  app: Type.Optional(AppId),
  port: Type.Optional(PortRef),
  source: Type.Optional(SourceName),
  service: Type.Optional(ServiceName)
}

const fileRoute = Type.Object(
  {
    host: Type.Optional(Host),
    hosts: Type.Optional(Type.Array(Host, { maxItems: 256, description: 'Several hosts.' })),
    path: Type.String({ default: '/', maxLength: 1024, description: 'With everything below it.' }),
    strip: Type.Boolean({ default: false, description: 'Remove the matched segments.' }),
    methods: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Z-]{1,32}$', expected: 'a method in capitals' }), {
        minItems: 1,
        maxItems: 32,
        description: 'Only these methods.'
      })
    ),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 1000 }), {
        maxProperties: 16,
        description: 'Only requests that have these headers with exactly these values.'
      })
    ),
    ...target,
    services: Type.Optional(
      Type.Array(Type.Object({ ...target, weight: Weight }, closed), {
        minItems: 1,
        maxItems: 64,
        description: 'Several, in shares.'
      })
    ),
    priority: Priority,
    upgrade: Type.Union([Type.Literal('websocket'), Type.Literal('none')], {
      default: 'websocket',
      description: 'As the label `gateway.upgrade`.'
    }),
    hooks: Type.String({ default: '', maxLength: 64, description: 'A hook set of a plugin.' }),
    networks: Type.Optional(
      Type.Array(Type.String({ maxLength: 64 }), {
        minItems: 1,
        maxItems: MOST_NETWORKS,
        description: 'As the label `gateway.networks`.'
      })
    ),
    auth: Type.Optional(
      Type.Array(Type.String({ maxLength: 300 }), {
        minItems: 1,
        maxItems: MOST_USERS,
        expected: 'realm:user:hash',
        description: 'As the label `gateway.auth`.'
      })
    ),
    https: Type.Optional(
      Type.Literal('redirect', { description: 'As the label `gateway.https`.' })
    ),
    hsts: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 63_072_000, description: 'As the label `gateway.hsts`.' })
    )
  },
  closed
)

const fileOverride = Type.Object(
  {
    app: AppId,
    weight: Type.Optional(Type.Integer({ minimum: 0, maximum: HIGHEST_WEIGHT })),
    enabled: Type.Optional(Type.Boolean()),
    priority: Type.Optional(Type.Integer({ minimum: -HIGHEST_PRIORITY, maximum: HIGHEST_PRIORITY }))
  },
  closed
)

/** The watched file. Services are checked one by one, as their names are free. */
export const fileSchema = Type.Object(
  {
    services: Type.Record(Type.String(), Type.Unknown(), { default: {}, maxProperties: 1000 }),
    routes: Type.Array(fileRoute, { default: [], maxItems: 10_000 }),
    overrides: Type.Array(fileOverride, { default: [], maxItems: 10_000 })
  },
  closed
)

export type FileService = Static<typeof fileService>
export type FileRoute = Static<typeof fileRoute>
export type FileOverride = Static<typeof fileOverride>
export type FileTarget = Pick<FileRoute, 'app' | 'port' | 'source' | 'service'>
