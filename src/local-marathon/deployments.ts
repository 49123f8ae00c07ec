import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { ApiError } from './api-error.ts'
import {
  type Action,
  type AppRecord,
  type AppVersion,
  type Cluster,
  type Deployment,
  liveTasks
} from './cluster.ts'
import type { AppDefinition } from './definition.ts'
import { goals } from './deployment-goals.ts'

/** New definitions by app id; undefined removes the app. */
export type Change = ReadonlyMap<string, AppDefinition | undefined>

export interface DeployOptions {
  /** Cancels deployments that hold one of the apps, instead of failing with 409. */
  readonly force: boolean
  /** Restarts the apps even when their definition stays the same. */
  readonly restart?: boolean
  /** The group named by `group_change_success`; default: the app's parent. */
  readonly group?: string
}

function actionOf(before: AppRecord | undefined, after: AppDefinition | undefined) {
  if (after === undefined) return before ? 'StopApplication' : undefined
  if (before === undefined) return 'StartApplication'
  const { instances: wasInstances, ...was } = before.definition
  const { instances, ...is } = after
  if (!isDeepStrictEqual(was, is)) return 'RestartApplication'
  return wasInstances === instances && before.target === instances ? undefined : 'ScaleApplication'
}

/** Marathon's steps: new apps first start with no task, then everything else at once. */
function stepsOf(cluster: Cluster, change: Change, options: DeployOptions): Action[][] {
  const starts: Action[] = []
  const rest: Action[] = []
  for (const [app, after] of change) {
    const before = cluster.apps.get(app)
    const forced = options.restart && after ? 'RestartApplication' : undefined
    const action = forced ?? actionOf(before, after)
    if (action === 'StartApplication') {
      starts.push({ action, app })
      rest.push({ action: 'ScaleApplication', app })
    } else if (action !== undefined) rest.push({ action, app })
  }
  return [starts, rest].filter((step) => step.length > 0)
}

/** Makes the definition the app's current one; tasks follow later. */
function adopt(cluster: Cluster, action: Action, after: AppDefinition, version: string): void {
  const { app: id } = action
  const app = cluster.apps.get(id)
  if (app === undefined) {
    cluster.apps.set(id, {
      definition: after,
      version,
      lastScalingAt: version,
      lastConfigChangeAt: version,
      history: new Map([[version, after]]),
      tasks: new Map(),
      target: 0
    })
    return
  }
  app.definition = after
  app.version = version
  app.history.set(version, after)
  if (action.action === 'ScaleApplication') app.lastScalingAt = version
  else {
    app.lastConfigChangeAt = version
    delete app.backoff
  }
}

function lockedError(ids: readonly string[]): ApiError {
  return new ApiError(409, {
    message:
      "App is locked by one or more deployments. Override with the option '?force=true'. " +
      "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
    deployments: ids.map((id) => ({ id }))
  })
}

function versionOf(app: AppRecord | undefined): AppVersion | undefined {
  if (app === undefined) return undefined
  const { definition, version, lastScalingAt, lastConfigChangeAt } = app
  return { definition, version, lastScalingAt, lastConfigChangeAt }
}

/**
 * Undoes a deployment by another one. Apps go back to their version of before, so tasks that still
 * run it stay.
 */
export function rollBack(cluster: Cluster, { before }: Deployment): Deployment {
  const change = new Map([...before].map(([id, was]) => [id, was?.definition]))
  const deployment = deploy(cluster, change, { force: true })
  for (const [id, was] of before) {
    const app = cluster.apps.get(id)
    if (app && was) Object.assign(app, was)
  }
  return deployment
}

/** Until the new deployment takes its first step, nothing is launched for the old one. */
function holdStill(app: AppRecord | undefined): void {
  if (app) app.target = Math.min(app.target, liveTasks(app).length)
}

/** Deployments that hold one of these apps. */
function locksOf(cluster: Cluster, apps: Iterable<string>): Deployment[] {
  const wanted = new Set(apps)
  return [...cluster.deployments.values()].filter((deployment) =>
    deployment.apps.some((app) => wanted.has(app))
  )
}

/**
 * Accepts a change and carries it out in the background. On return the new definitions and the
 * deployment are visible; its events follow in a later turn of the event loop.
 *
 * @throws ApiError 409 when another deployment holds an app and `force` is off
 */
export function deploy(cluster: Cluster, change: Change, options: DeployOptions): Deployment {
  const locks = locksOf(cluster, change.keys())
  if (locks.length > 0 && !options.force) throw lockedError(locks.map(({ id }) => id))
  for (const lock of locks) cancelDeployment(cluster, lock)
  const version = cluster.nextVersion()
  const steps = stepsOf(cluster, change, options)
  const deployment: Deployment = {
    id: randomUUID(),
    version,
    startedAt: new Date().toISOString(),
    steps,
    step: 0,
    apps: [...change.keys()],
    before: new Map([...change.keys()].map((id) => [id, versionOf(cluster.apps.get(id))])),
    abort: new AbortController()
  }
  for (const action of steps.flat()) {
    const after = change.get(action.app)
    const repeated = action.action === 'ScaleApplication' && !deployment.before.get(action.app)
    if (after !== undefined && !repeated) adopt(cluster, action, after, version)
  }
  for (const { app } of steps.flat()) holdStill(cluster.apps.get(app))
  cluster.deployments.set(deployment.id, deployment)
  setImmediate(() => void run(cluster, deployment, options.group ?? groupOf(deployment)))
  return deployment
}

const groupOf = ({ apps }: Deployment): string => {
  const parent = (apps[0] ?? '/').replace(/\/[^/]*$/, '')
  return apps.length > 1 || parent === '' ? '/' : parent
}

/** The plan as events and answers show it. */
export function planOf({ id, version, steps }: Deployment) {
  return { id, version, steps: steps.map((actions) => ({ actions })) }
}

async function run(cluster: Cluster, deployment: Deployment, group: string): Promise<void> {
  const { signal } = deployment.abort
  const { plan, events } = { plan: planOf(deployment), events: cluster.events }
  for (const [index, actions] of deployment.steps.entries()) {
    if (signal.aborted) return
    deployment.step = index
    events.publish('deployment_info', { plan, currentStep: { actions } })
    const done = () => actions.map((action) => advance(cluster, deployment, action)).every(Boolean)
    if (!(await cluster.until(done, signal))) return
    for (const { action, app } of actions) if (action === 'StopApplication') remove(cluster, app)
    events.publish('deployment_step_success', { plan, currentStep: { actions } })
  }
  if (signal.aborted) return
  finish(cluster, deployment)
  events.publish('deployment_success', { id: deployment.id, plan })
  events.publish('group_change_success', { groupId: group, version: deployment.version })
}

function advance(cluster: Cluster, deployment: Deployment, { action, app }: Action): boolean {
  const record = cluster.apps.get(app)
  if (record === undefined) return true
  const { target } = record
  const reached = goals[action](cluster, deployment, record)
  // The supervisor launches what a higher target lacks.
  if (record.target !== target) cluster.touch()
  return reached
}

function remove(cluster: Cluster, id: string): void {
  cluster.apps.delete(id)
  cluster.touch()
  cluster.events.publish('app_terminated_event', { appId: id })
}

function finish(cluster: Cluster, deployment: Deployment): void {
  cluster.deployments.delete(deployment.id)
  deployment.abort.abort()
  cluster.touch()
}

/** Stops a deployment where it stands; tasks and definitions stay as they are. */
export function cancelDeployment(cluster: Cluster, deployment: Deployment): void {
  if (!cluster.deployments.has(deployment.id)) return
  finish(cluster, deployment)
  for (const id of deployment.apps) {
    const app = cluster.apps.get(id)
    if (app) app.target = app.definition.instances
  }
  const plan = planOf(deployment)
  cluster.events.publish('deployment_failed', { id: deployment.id, plan, reason: 'cancelled' })
}
