import { parseApps } from '../../src/gateway/marathon/schema.ts'
import type { Claims } from '../../src/gateway/model/claims.ts'
import type { CompileInput } from '../../src/gateway/model/compile.ts'
import type { Snapshot } from '../../src/gateway/model/snapshot.ts'

const VERSION = '2024-01-01T00:00:00.000Z'

/** Marathon's answer for a cluster of this size, as it goes over the wire. */
export function marathonAnswer(apps: number, tasksPerApp: number): string {
  return JSON.stringify({
    apps: Array.from({ length: apps }, (_, app) => ({
      id: `/group-${app % 100}/app-${app}`,
      version: VERSION,
      instances: tasksPerApp,
      networks: [{ mode: 'host' }],
      portDefinitions: [{ port: 10_000, protocol: 'tcp', name: 'http', labels: {} }],
      labels: { 'gateway.hosts': `app-${app}.example.com` },
      healthChecks: [],
      deployments: [],
      tasks: Array.from({ length: tasksPerApp }, (_, task) => taskOf(app, task))
    }))
  })
}

/** @param port of the first task, to change it alone */
export function snapshotOf(body: unknown, port?: number): Snapshot {
  const parsed = parseApps(body, 'marathon')
  if ('invalid' in parsed) throw new Error(parsed.invalid)
  const [first, ...rest] = parsed.apps
  const changed =
    first === undefined || port === undefined
      ? parsed.apps
      : [
          {
            ...first,
            tasks: first.tasks.map((task, at) => (at === 0 ? { ...task, ports: [port] } : task))
          },
          ...rest
        ]
  return {
    source: 'marathon',
    takenAt: 0,
    apps: changed,
    routes: [],
    services: [],
    overrides: [],
    problems: parsed.problems
  }
}

/** As the gateway compiles, with nothing known from before but who holds which host. */
export function compileInput(snapshot: Snapshot, claims: Claims): CompileInput {
  return {
    snapshots: [snapshot],
    claims,
    ending: new Set(),
    leaving: new Set(),
    unreachable: new Set(),
    health: new Map(),
    now: 0,
    settings: {
      domains: ['example.com'],
      path: '',
      expose: 'all',
      groups: [],
      unreachable: 'last-resort',
      stickyKey: '',
      picker: 'round-robin'
    },
    resolvers: [],
    labelSchemas: new Map(),
    pickers: new Set(['round-robin']),
    hookSets: new Set()
  }
}

function taskOf(app: number, task: number) {
  return {
    id: `group-${app % 100}_app-${app}.instance-${task}._app.1`,
    appId: `/group-${app % 100}/app-${app}`,
    state: 'TASK_RUNNING',
    host: `10.${app >> 8}.${app & 255}.${task + 1}`,
    ports: [31_000 + (app % 1000)],
    slaveId: `agent-${app % 500}`,
    ipAddresses: [{ ipAddress: '172.17.0.2', protocol: 'IPv4' }],
    startedAt: VERSION,
    stagedAt: VERSION,
    version: VERSION
  }
}
