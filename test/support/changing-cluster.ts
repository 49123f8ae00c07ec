import fc from 'fast-check'
import type { App, AppPort, Task } from '../../src/gateway/model/app.ts'
import type { CompileInput, RoutingSettings } from '../../src/gateway/model/compile.ts'
import type { Route, Service } from '../../src/gateway/model/route.ts'
import { appServiceRef } from '../../src/gateway/model/service-refs.ts'
import type { Snapshot } from '../../src/gateway/model/snapshot.ts'
import { app, compileInput, health, NOW, port, settings, snapshot, task } from './apps.ts'

/** A compilation's input, but for the claims. */
export type ClusterInput = Omit<CompileInput, 'claims'>

const SOURCES = ['east', 'west']
const APPS = ['/shop/a', '/shop/b', '/shop/deep/c', '/d', '/e']
const TASKS = APPS.flatMap((id) => [0, 1, 2].map((at) => taskId(id, at)))
const DAY = 24 * 3_600_000

/** Few names for many things, so that they meet: hosts, joined services, service ports, priorities. */
const LABELS: readonly Readonly<Record<string, string>>[] = [
  { 'gateway.hosts': 'one.test' },
  { 'gateway.hosts': 'one.test,two.test', 'gateway.path': '/a', 'gateway.path.strip': 'true' },
  { 'gateway.hosts': '*.test', 'gateway.priority': '5' },
  { 'gateway.path': '/a' },
  { 'gateway.service': 'web', 'gateway.weight': '3' },
  { 'gateway.service': 'web', 'gateway.networks': '10.0.0.0/8' },
  { 'gateway.enabled': 'false' },
  { 'gateway.enabled': 'true' },
  { 'gateway.1.hosts': 'one.test', 'gateway.1.service': 'web' },
  { 'gateway.port': '1', 'gateway.sticky': 'true' },
  { 'gateway.picker': 'least-requests', 'gateway.group': 'inner' },
  { 'gateway.hooks': 'sign-in' },
  { 'gateway.hosts': 'not a host', 'gateway.nonsense': '1' },
  { HAPROXY_0_VHOST: 'lb.test', HAPROXY_GROUP: 'inner' },
  {
    HAPROXY_0_VHOST: 'lb.test',
    HAPROXY_DEPLOYMENT_GROUP: 'web',
    HAPROXY_DEPLOYMENT_STARTED_AT: '2024-01-01T00:00:00Z',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2'
  },
  {
    HAPROXY_0_VHOST: 'lb.test',
    HAPROXY_DEPLOYMENT_GROUP: 'web',
    HAPROXY_DEPLOYMENT_STARTED_AT: '2024-01-02T00:00:00Z',
    HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2'
  }
]

const anyPort: fc.Arbitrary<AppPort> = fc
  .tuple(fc.constantFrom('tcp', 'udp'), fc.constantFrom(undefined, 10_001, 10_002))
  .map(([protocol, servicePort]) =>
    port({ protocol: protocol as 'tcp', ...(servicePort && { servicePort }) })
  )

const moment = fc.constantFrom(NOW - DAY, NOW - 61_000, NOW - 59_000, NOW - 1000)

function anyTask(id: string): fc.Arbitrary<Task> {
  return fc
    .record({
      ports: fc.constantFrom([31_000, 31_001], [31_002], []),
      state: fc.constantFrom('TASK_RUNNING', 'TASK_RUNNING', 'TASK_UNREACHABLE', 'TASK_STAGING'),
      startedAt: moment,
      version: fc.constantFrom('v1', 'v2'),
      health: fc.constantFrom([], [health()], [health({ alive: false, consecutiveFailures: 2 })])
    })
    .map((given) => task({ id, ...given, state: given.state as 'TASK_RUNNING' }))
}

const anyApp: fc.Arbitrary<App> = fc.constantFrom(...APPS).chain((id) =>
  fc
    .record({
      labels: fc.constantFrom({}, ...LABELS),
      ports: fc.array(anyPort, { maxLength: 3 }),
      healthChecks: fc.constantFrom(0, 1, 1),
      deploying: fc.boolean(),
      readiness: fc.constantFrom(undefined, true, false),
      tasks: fc.tuple(...[0, 1, 2].map((at) => fc.option(anyTask(taskId(id, at)))))
    })
    .map(({ tasks, readiness, ...given }) =>
      app({
        id,
        ...given,
        readinessCheck: { intervalMs: 30_000, timeoutMs: 24_000 },
        readiness: new Map(readiness === undefined ? [] : [[taskId(id, 0), readiness]]),
        tasks: tasks.filter((one) => one !== null)
      })
    )
)

const anyRoute: fc.Arbitrary<Route> = fc
  .record({
    id: fc.constantFrom('r1', 'r2', 'east:/d:0:d.local/'),
    host: fc.constantFrom('one.test', 'file.test', undefined),
    path: fc.constantFrom('/', '/a', '/b'),
    service: fc.constantFrom(
      'static',
      'east:/d:0',
      ...APPS.map((id) => appServiceRef({ app: id })),
      appServiceRef({ app: '/d', port: '1', source: 'west' })
    ),
    hooks: fc.constantFrom('', 'sign-in', 'unknown')
  })
  .map(({ id, host, path, service, hooks }) => ({
    id,
    match: { path, ...(host && { host }) },
    services: [{ service, weight: 1 }],
    priority: 0,
    strip: false,
    upgrade: 'none',
    hooks,
    settings: {},
    origins: {}
  }))

const anyService: fc.Arbitrary<Service> = fc
  .tuple(fc.constantFrom('static', 'east:/e:0'), fc.constantFrom('', 'random', 'unknown'))
  .map(([id, picker]) => ({
    id,
    origin: { source: 'file', file: 'routes.yaml:1' },
    endpoints: [],
    leftOut: [],
    picker,
    timeouts: {}
  }))

const override = fc.record({
  app: fc.constantFrom(...APPS, '/unknown'),
  weight: fc.constantFrom(1, 7),
  enabled: fc.boolean(),
  file: fc.constantFrom('routes.yaml:1', 'routes.yaml:2')
})

const routing: readonly RoutingSettings[] = [
  settings,
  settings,
  { ...settings, path: '/{id}', domains: ['local', 'test'] },
  { ...settings, expose: 'labelled', groups: ['inner'] },
  { ...settings, picker: 'nonsense', unreachable: 'out', marathonLb: false }
]

/** One thing that happens; undefined in place of an app: it goes. */
type Change = (input: ClusterInput) => ClusterInput

const anySource = fc.constantFrom(...SOURCES)
const someTasks = fc.subarray(TASKS).map((ids) => new Set(ids))

function inSource(source: string, change: (before: Snapshot) => Snapshot): Change {
  return (input) => {
    const before = input.snapshots.find((one) => one.source === source) ?? snapshot({ source })
    const others = input.snapshots.filter((one) => one.source !== source)
    return { ...input, snapshots: [...others, change(before)] }
  }
}

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(anySource, anyApp).map(([source, one]) => putApp(source, one)) },
  fc
    .tuple(anySource, anyApp)
    .map(([source, one]) =>
      inSource(source, (before) => ({ ...before, apps: [...before.apps, one] }))
    ),
  fc.tuple(anySource, fc.constantFrom(...APPS)).map(([source, id]) =>
    inSource(source, (before) => ({
      ...before,
      apps: before.apps.filter((one) => one.id !== id)
    }))
  ),
  anySource.map(
    (source): Change =>
      (input) => ({
        ...input,
        snapshots: input.snapshots.filter((one) => one.source !== source)
      })
  ),
  anySource.map((source) =>
    inSource(source, (before) => ({ ...before, apps: [...before.apps].reverse() }))
  ),
  fc
    .tuple(anySource, fc.array(anyRoute, { maxLength: 3 }))
    .map(([source, routes]) => inSource(source, (before) => ({ ...before, routes }))),
  fc
    .tuple(anySource, fc.array(anyService, { maxLength: 2 }))
    .map(([source, services]) => inSource(source, (before) => ({ ...before, services }))),
  fc
    .tuple(anySource, fc.array(override, { maxLength: 2 }))
    .map(([source, overrides]) => inSource(source, (before) => ({ ...before, overrides }))),
  {
    weight: 3,
    arbitrary: someTasks.map(
      (ending): Change =>
        (input) => ({ ...input, ending })
    )
  },
  {
    weight: 3,
    arbitrary: someTasks.map(
      (leaving): Change =>
        (input) => ({ ...input, leaving })
    )
  },
  someTasks.map(
    (unreachable): Change =>
      (input) => ({ ...input, unreachable })
  ),
  {
    weight: 4,
    arbitrary: fc.tuple(anySource, someTasks, fc.boolean()).map(
      ([source, ids, well]): Change =>
        (input) => ({
          ...input,
          health: new Map([...ids].map((id) => [`${source} ${id}`, well]))
        })
    )
  },
  anySource.map((source) =>
    inSource(source, (before) => ({ ...before, apps: before.apps.slice(0, -1) }))
  ),
  {
    weight: 4,
    arbitrary: fc.constantFrom(-3000, 0, 2000, 5000, DAY).map(
      (ms): Change =>
        (input) => ({ ...input, now: NOW + ms })
    )
  },
  fc.constantFrom(...routing).map(
    (next): Change =>
      (input) => ({ ...input, settings: next })
  ),
  fc.subarray(['random', 'least-requests']).map(
    (names): Change =>
      (input) => ({
        ...input,
        pickers: new Set(['round-robin', ...names])
      })
  ),
  fc.array(anyRoute, { maxLength: 2 }).map(
    (routes): Change =>
      (input) => ({
        ...input,
        resolvers: [{ name: 'own', routes: (_, services) => (services.size > 3 ? routes : []) }]
      })
  )
)

function putApp(source: string, one: App): Change {
  return inSource(source, (before) => {
    const at = before.apps.findIndex(({ id }) => id === one.id)
    const apps = at === -1 ? [...before.apps, one] : before.apps.with(at, one)
    return { ...before, apps }
  })
}

function taskId(app: string, at: number): string {
  return `${app.slice(1).replaceAll('/', '_')}.${at}`
}

/** Clusters as they follow each other, by a few changes each. */
export const changingCluster: fc.Arbitrary<readonly ClusterInput[]> = fc
  .array(fc.array(change, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((rounds) => {
    const { claims: _, ...first } = compileInput()
    let input: ClusterInput = first
    return rounds.map((changes) => {
      for (const one of changes) input = one(input)
      return input
    })
  })
