import {
  type Action,
  type AppRecord,
  type Cluster,
  type Deployment,
  isHealthy,
  isOutdated,
  type LocalTask,
  liveTasks
} from './cluster.ts'
import { ensureReadiness, isReady } from './readiness-checks.ts'
import { killTask } from './task-life.ts'

/**
 * Moves one action on by what can be done now; asked again after each change of state.
 *
 * @returns true when the action has reached its goal
 */
export type Goal = (cluster: Cluster, deployment: Deployment, app: AppRecord) => boolean

function isServing(cluster: Cluster, deployment: Deployment, task: LocalTask): boolean {
  ensureReadiness(cluster, deployment, task)
  return isHealthy(task) && isReady(deployment, task)
}

/** The order in which Marathon ends tasks: not running first, then unhealthy ones, then by age. */
function killOrder(app: AppRecord, tasks: readonly LocalTask[]): LocalTask[] {
  const sign = app.definition.killSelection === 'OLDEST_FIRST' ? 1 : -1
  const weight = (task: LocalTask) => {
    if (task.state !== 'TASK_RUNNING') return 0
    return isHealthy(task) ? 2 : 1
  }
  const age = (task: LocalTask) => Date.parse(task.startedAt ?? task.stagedAt)
  return [...tasks].sort((a, b) => weight(a) - weight(b) || sign * (age(a) - age(b)))
}

function killSome(cluster: Cluster, app: AppRecord, tasks: readonly LocalTask[], count: number) {
  for (const task of killOrder(app, tasks).slice(0, Math.max(0, count))) {
    killTask(cluster, task)
  }
}

const start: Goal = () => true

const scale: Goal = (cluster, deployment, app) => {
  const { instances } = app.definition
  app.target = instances
  const live = liveTasks(app)
  if (live.length > instances) killSome(cluster, app, live, live.length - instances)
  const serving = live.filter((task) => !task.killing && isServing(cluster, deployment, task))
  return serving.length === instances && app.tasks.size === instances
}

const stop: Goal = (cluster, _deployment, app) => {
  app.target = 0
  killSome(cluster, app, liveTasks(app), app.tasks.size)
  return app.tasks.size === 0
}

/**
 * Rolling restart: at most `instances × (1 + maximumOverCapacity)` tasks exist, and old ones end
 * only while `instances × minimumHealthCapacity` others serve (Marathon: TaskReplaceActor).
 */
const restart: Goal = (cluster, deployment, app) => {
  const { instances, upgradeStrategy } = app.definition
  const minimum = Math.ceil(instances * upgradeStrategy.minimumHealthCapacity)
  const full = Math.floor(instances * (1 + upgradeStrategy.maximumOverCapacity))
  // Otherwise nothing could ever move: Marathon goes one over capacity then.
  const maximum = full === minimum ? full + 1 : full
  const live = liveTasks(app)
  const old = live.filter((task) => isOutdated(task, app))
  const fresh = live.filter((task) => !isOutdated(task, app))
  const serving = fresh.filter((task) => isServing(cluster, deployment, task)).length
  const spare = serving >= instances ? old.length : old.length + serving - minimum
  const killable = Math.min(old.length, Math.max(0, spare))
  // Old tasks that do not serve are no capacity; they end first, by killOrder.
  killSome(cluster, app, old, killable)
  if (fresh.length > instances) killSome(cluster, app, fresh, fresh.length - instances)
  const remaining = old.length - killable
  const ending = app.tasks.size - liveTasks(app).length
  const room = Math.max(0, maximum - remaining - ending)
  app.target = remaining + Math.min(instances, Math.max(fresh.length, room))
  return serving === instances && app.tasks.size === instances
}

export const goals = {
  StartApplication: start,
  ScaleApplication: scale,
  StopApplication: stop,
  RestartApplication: restart
} satisfies Record<Action['action'], Goal>
