import { createHmac } from 'node:crypto'
import type { App, AppPort, Task } from './app.ts'
import type { ReadinessFacts } from './readiness.ts'
import { isStarting, readinessOf } from './readiness.ts'
import type { Endpoint, LeftOut } from './route.ts'
import type { AddressCheck } from './task-addresses.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

/**
 * Where port `index` of the app lives for this task, by Marathon's own rule
 * (`core/task/state/NetworkInfo.scala`): ports that take a host port use up `task.ports` in order,
 * the others live at the task's own address. Or, as text, why there is no address.
 */
export function addressOf(app: App, task: Task, index: number): Address | string {
  const ports = task.definition?.ports ?? app.ports
  const at = ports === app.ports ? index : samePort(app, ports, index)
  const wanted = ports[at]
  if (wanted === undefined) return `has no port ${index}: it runs an older version of the app`
  if (wanted.hasHostPort) {
    const port = task.ports[hostPortsBefore(ports, at)]
    if (task.host === undefined || task.host === '') return 'has no agent yet'
    return port ? { host: task.host, port } : `has no host port for port ${index}`
  }
  // Several networks give one flat list of addresses; Marathon itself takes the first.
  const host = task.ipAddresses[0]
  if (!host) return 'has no address of its own yet'
  return wanted.containerPort
    ? { host, port: wanted.containerPort }
    : `has no container port for port ${index}`
}

/** A named port is the same port in an older version wherever it stood there. */
function samePort(app: App, older: readonly AppPort[], index: number): number {
  const name = app.ports[index]?.name
  const named = name === undefined ? -1 : older.findIndex((port) => port.name === name)
  return named === -1 ? index : named
}

function hostPortsBefore(ports: readonly AppPort[], index: number): number {
  let count = 0
  for (let at = 0; at < index; at += 1) if (ports[at]?.hasHostPort) count += 1
  return count
}

/** The sticky cookie's value for a task: tells nothing about the task, and is the same everywhere. */
export function cookieOf(stickyKey: string, taskId: string): string {
  return createHmac('sha256', stickyKey).update(taskId).digest('hex').slice(0, 16)
}

export interface EndpointRules {
  readonly stickyKey: string | undefined
  readonly check: AddressCheck
  readonly refused: LeftOut[]
}

export interface AppEndpoints {
  readonly endpoints: Endpoint[]
  readonly leftOut: LeftOut[]
}

/**
 * The endpoints of one app port, in task order, and the tasks left out with the reason.
 *
 * @param refused takes those left out for an address that no task may have
 */
export function endpointsOf(
  app: App,
  index: number,
  facts: ReadinessFacts,
  { stickyKey, check, refused }: EndpointRules
): AppEndpoints {
  const endpoints: Endpoint[] = []
  const leftOut: LeftOut[] = []
  for (const task of app.tasks) {
    const verdict = readinessOf(app, task, facts)
    const address = 'out' in verdict ? verdict.out : addressOf(app, task, index)
    if ('out' in verdict || typeof address === 'string') {
      const reason = String(address)
      leftOut.push({ taskId: task.id, reason, ...(isStarting(reason) && { isStarting: true }) })
      continue
    }
    const fault = check(address)
    if (fault !== undefined) {
      const one = { taskId: task.id, reason: `is at ${address.host}:${address.port}, ${fault}` }
      leftOut.push(one)
      refused.push(one)
      continue
    }
    endpoints.push({
      id: `${task.id}:${index}`,
      taskId: task.id,
      host: address.host,
      port: address.port,
      agent: task.host ?? address.host,
      lastResort: verdict.use === 'last-resort',
      cookie: stickyKey === undefined ? '' : cookieOf(stickyKey, task.id),
      ...(app.killGraceMs !== undefined && { killGraceMs: app.killGraceMs }),
      ...(task.unproven && { unproven: true })
    })
  }
  return { endpoints, leftOut }
}
