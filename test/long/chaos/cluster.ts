import { join } from 'node:path'
import type { AppRecord, Cluster, LocalTask } from '../../../src/local-marathon/cluster.ts'
import { isHealthy, liveTasks } from '../../../src/local-marathon/cluster.ts'
import {
  createLocalMarathon,
  type LocalMarathon
} from '../../../src/local-marathon/create-local-marathon.ts'
import { deploy } from '../../../src/local-marathon/deployments.ts'
import { killTask } from '../../../src/local-marathon/task-life.ts'
import { call } from '../../support/local-marathon.ts'
import { type Agents, createAgents } from './agents.ts'
import { DeathRegister } from './deaths.ts'
import type { PostCounts } from './posts.ts'

/** What SIGTERM means to the tasks of an app. */
export type EndOfTasks = 'drain' | 'at-once'

export interface ChaosApp {
  readonly name: string
  readonly end: EndOfTasks
}

export const APPS: readonly ChaosApp[] = [
  { name: 'drain-a', end: 'drain' },
  { name: 'drain-b', end: 'drain' },
  { name: 'quit-a', end: 'at-once' },
  { name: 'quit-b', end: 'at-once' }
]
export const LEAST_TASKS = 3
export const MOST_TASKS = 6
const AGENTS = 6
const GRACE_S = 4
/** Only against hangs: on a busy machine a deployment takes its time. */
const HANG_MS = 600_000
const DRAIN_MS = 1_000
/** Until a task that has started passes its check. */
const WARM_MS = 600

/** A task that was started or that ended. */
export interface TaskChange {
  readonly kind: 'started' | 'ended'
  readonly task: string
}

export interface ChaosClusterOptions {
  readonly folder: string
  readonly posts: PostCounts
  readonly onChange: (change: TaskChange) => void
  /** Marathon's own event, at the moment it is published. */
  readonly onEvent: (event: Readonly<Record<string, unknown>>) => void
}

/** Two Marathon nodes, six agents, and what can be done to them. Ids of apps have no slash here. */
export interface ChaosCluster {
  readonly nodes: readonly LocalMarathon[]
  readonly deaths: DeathRegister
  readonly agents: Agents
  /** Tasks that run and pass their checks. */
  serving(app: string): readonly LocalTask[]
  instances(app: string): number
  scale(app: string, instances: number): void
  /** Another definition, or the same one: every task is replaced, a few at a time. */
  replaceAll(app: string, how: 'deploy' | 'restart'): void
  kill(task: LocalTask): void
  /** SIGKILL; Marathon learns of it as the gateway does. */
  crash(task: LocalTask): void
  announceKills(on: boolean): void
  settled(app: string): Promise<void>
  /** Resolves when Marathon knows that a task has ended. */
  gone(app: string, task: string): Promise<void>
  close(): Promise<void>
}

const RUNS = 'TASK_RUNNING'
const ENDS: readonly unknown[] = ['TASK_KILLED', 'TASK_FAILED', 'TASK_FINISHED']

export async function startCluster(options: ChaosClusterOptions): Promise<ChaosCluster> {
  const { folder, posts, onChange, onEvent } = options
  const deaths = new DeathRegister()
  const agents = createAgents(AGENTS, deaths)
  const first = await createLocalMarathon({
    port: 0,
    runner: agents.runner,
    restartBackoffMs: 0,
    heartbeatMs: 2_000
  })
  const second = await createLocalMarathon({ port: 0, standbyOf: first, heartbeatMs: 2_000 })
  const { cluster } = first.membership
  cluster.events.subscribe((event) => {
    onEvent(event)
    if (event.eventType !== 'status_update_event') return
    const task = String(event['taskId'])
    if (event['taskStatus'] === RUNS) onChange({ kind: 'started', task })
    if (!ENDS.includes(event['taskStatus'])) return
    posts.collect(task)
    onChange({ kind: 'ended', task })
  })
  for (const app of APPS) {
    const body = definitionOf(app, folder)
    const { status, text } = await call(first.url, '/v2/apps', { method: 'POST', body })
    if (status >= 300) throw new Error(`Marathon: ${status} ${text}`)
  }
  const made = clusterOf(cluster, { nodes: [first, second], deaths, agents, posts })
  for (const { name } of APPS) await made.settled(name)
  return made
}

interface Parts {
  readonly nodes: readonly LocalMarathon[]
  readonly deaths: DeathRegister
  readonly agents: Agents
  readonly posts: PostCounts
}

function clusterOf(cluster: Cluster, { nodes, deaths, agents, posts }: Parts): ChaosCluster {
  const recordOf = (app: string): AppRecord => {
    const found = cluster.apps.get(`/${app}`)
    if (found === undefined) throw new Error(`no app ${app}`)
    return found
  }
  const serving = (app: string) => liveTasks(recordOf(app)).filter(isHealthy)
  const isSettled = (app: string) => {
    const { definition, tasks } = recordOf(app)
    const isFree = [...cluster.deployments.values()].every(({ apps }) => !apps.includes(`/${app}`))
    return (
      isFree && tasks.size === definition.instances && serving(app).length === definition.instances
    )
  }
  async function reached(what: string, look: () => boolean): Promise<void> {
    if (await cluster.until(look, AbortSignal.timeout(HANG_MS))) return
    throw new Error(`waited ${HANG_MS / 1_000} s in vain: ${what}`)
  }
  let release = 0
  return {
    ...{ nodes, deaths, agents, serving },
    instances: (app) => recordOf(app).definition.instances,
    scale(app, instances) {
      const change = new Map([[`/${app}`, { ...recordOf(app).definition, instances }]])
      deploy(cluster, change, { force: true })
    },
    replaceAll(app, how) {
      const { definition } = recordOf(app)
      const env = { ...definition.env, ...(how === 'deploy' ? { RELEASE: `${++release}` } : {}) }
      const change = new Map([[`/${app}`, { ...definition, env }]])
      deploy(cluster, change, { force: true, restart: how === 'restart' })
    },
    kill: (task) => killTask(cluster, task),
    crash(task) {
      const pid = posts.processOf(task.id)
      if (pid === undefined) return
      deaths.kill(task.id)
      process.kill(pid, 'SIGKILL')
    },
    announceKills(on) {
      cluster.settings.taskKilling = on
    },
    settled: (app) => reached(`${app} has its tasks`, () => isSettled(app)),
    gone: (app, task) => reached(`${task} has gone`, () => !recordOf(app).tasks.has(task)),
    async close() {
      for (const node of [...nodes].reverse()) await node.close()
    }
  }
}

function definitionOf({ name, end }: ChaosApp, folder: string) {
  return {
    id: `/${name}`,
    cmd: `exec '${process.execPath}' '${join(import.meta.dirname, 'task.mjs')}'`,
    cpus: 0.1,
    mem: 64,
    instances: LEAST_TASKS + 1,
    env: {
      CHAOS_FOLDER: folder,
      CHAOS_END: end,
      CHAOS_DRAIN_MS: `${DRAIN_MS}`,
      CHAOS_WARM_MS: `${WARM_MS}`
    },
    networks: [{ mode: 'host' }],
    portDefinitions: [{ port: 0, protocol: 'tcp', name: 'http' }],
    labels: { 'gateway.hosts': `${name}.test` },
    healthChecks: [
      {
        protocol: 'HTTP',
        path: '/0/health',
        portIndex: 0,
        gracePeriodSeconds: 10,
        intervalSeconds: 1,
        timeoutSeconds: 5,
        maxConsecutiveFailures: 5
      }
    ],
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.25 },
    taskKillGracePeriodSeconds: GRACE_S,
    backoffSeconds: 0,
    backoffFactor: 1
  }
}
