import Type, { type Static } from 'typebox'
import type { App, AppPort, NetworkMode, Task, TaskState } from '../model/app.ts'
import { keptLabels } from '../model/kept-labels.ts'

const Labels = Type.Array(Type.Tuple([Type.String(), Type.String()]))

const Port = Type.Object({
  name: Type.Optional(Type.String()),
  protocol: Type.Union([Type.Literal('tcp'), Type.Literal('udp'), Type.Literal('udp,tcp')]),
  containerPort: Type.Optional(Type.Number()),
  hasHostPort: Type.Boolean(),
  servicePort: Type.Optional(Type.Number()),
  httpCheck: Type.Optional(Type.Literal(true)),
  labels: Labels
})

const Mode = Type.Union([Type.Literal('host'), Type.Literal('bridge'), Type.Literal('container')])

export const SavedTaskSchema = Type.Object({
  id: Type.String(),
  host: Type.Optional(Type.String()),
  ports: Type.Array(Type.Number()),
  ipAddresses: Type.Array(Type.String()),
  state: Type.Optional(Type.String({ pattern: '^TASK_[A-Z]+$' })),
  startedAt: Type.Optional(Type.Number()),
  version: Type.Optional(Type.String()),
  health: Type.Array(
    Type.Object({
      alive: Type.Boolean(),
      consecutiveFailures: Type.Number(),
      reported: Type.Boolean()
    })
  ),
  definition: Type.Optional(Type.Object({ networkMode: Mode, ports: Type.Array(Port) }))
})

export const SavedAppSchema = Type.Object({
  id: Type.String(),
  labels: Labels,
  instances: Type.Number(),
  version: Type.Optional(Type.String()),
  configChangedAt: Type.Optional(Type.Number()),
  networkMode: Mode,
  ports: Type.Array(Port),
  healthChecks: Type.Number(),
  healthGraceMs: Type.Number(),
  readinessCheck: Type.Optional(
    Type.Object({ intervalMs: Type.Number(), timeoutMs: Type.Number() })
  ),
  readiness: Type.Array(Type.Tuple([Type.String(), Type.Boolean()])),
  deploying: Type.Boolean(),
  killGraceMs: Type.Optional(Type.Number())
})

export type SavedTask = Static<typeof SavedTaskSchema>
/** An app without its tasks. */
export type SavedApp = Static<typeof SavedAppSchema>

/** Field by field, so that nothing is written that nobody thought of. */
export function savedApp(app: App): SavedApp {
  const { version, configChangedAt, readinessCheck, killGraceMs } = app
  return {
    id: app.id,
    labels: keptLabels(app.labels),
    instances: app.instances,
    ...(version !== undefined && { version }),
    ...(configChangedAt !== undefined && { configChangedAt }),
    networkMode: app.networkMode,
    ports: app.ports.map(savedPort),
    healthChecks: app.healthChecks,
    healthGraceMs: app.healthGraceMs,
    ...(readinessCheck !== undefined && {
      readinessCheck: {
        intervalMs: readinessCheck.intervalMs,
        timeoutMs: readinessCheck.timeoutMs
      }
    }),
    readiness: [...app.readiness],
    deploying: app.deploying,
    ...(killGraceMs !== undefined && { killGraceMs })
  }
}

/** @param remembered the task's last known health, where its results are missing now */
export function savedTask(app: App, task: Task, remembered: boolean | undefined): SavedTask {
  const { host, state, startedAt, version, definition } = task
  return {
    id: task.id,
    ...(host !== undefined && { host }),
    ports: [...task.ports],
    ipAddresses: [...task.ipAddresses],
    ...(state !== undefined && { state }),
    ...(startedAt !== undefined && { startedAt }),
    ...(version !== undefined && { version }),
    health: remembered === undefined ? task.health.map(savedHealth) : allAs(app, remembered),
    ...(definition !== undefined && {
      definition: { networkMode: definition.networkMode, ports: definition.ports.map(savedPort) }
    })
  }
}

/** As if every check had said so just now: whoever reads it takes it for the last known health. */
function allAs({ healthChecks }: App, alive: boolean) {
  const one = { alive, consecutiveFailures: alive ? 0 : 1, reported: true }
  return Array.from({ length: healthChecks }, () => one)
}

function savedHealth({ alive, consecutiveFailures, reported }: Task['health'][number]) {
  return { alive, consecutiveFailures, reported }
}

function savedPort(port: AppPort): Static<typeof Port> {
  const { name, containerPort, servicePort, httpCheck } = port
  return {
    ...(name !== undefined && { name }),
    protocol: port.protocol,
    ...(containerPort !== undefined && { containerPort }),
    hasHostPort: port.hasHostPort,
    ...(servicePort !== undefined && { servicePort }),
    ...(httpCheck !== undefined && { httpCheck }),
    labels: keptLabels(port.labels)
  }
}

/** The app as it was, with tasks of which nobody knows whether they still run. */
export function restoredApp(saved: SavedApp, tasks: readonly SavedTask[]): App {
  return {
    ...(saved as Omit<SavedApp, 'labels' | 'ports' | 'readiness'>),
    labels: new Map(saved.labels),
    ports: saved.ports.map(restoredPort),
    readiness: new Map(saved.readiness),
    tasks: tasks.map(restoredTask)
  }
}

/** In place: there may be a hundred thousand, and somebody waits for the first of them. */
function restoredTask(saved: SavedTask): Task {
  const { definition } = saved
  return Object.assign(saved as SavedTask & { state?: TaskState }, {
    unproven: true as const,
    ...(definition !== undefined && { definition: restoredDefinition(definition) })
  }) as Task
}

function restoredDefinition(saved: NonNullable<SavedTask['definition']>): {
  networkMode: NetworkMode
  ports: AppPort[]
} {
  return { networkMode: saved.networkMode, ports: saved.ports.map(restoredPort) }
}

function restoredPort(saved: Static<typeof Port>): AppPort {
  return { ...saved, labels: new Map(saved.labels) }
}
