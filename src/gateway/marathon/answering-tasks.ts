import { connect } from 'node:net'
import type { App, Task } from '../model/app.ts'
import { servingAddresses } from '../model/serving-addresses.ts'

/** Somebody takes a connection there. Never rejects. */
export type TakesConnections = (host: string, port: number) => Promise<boolean>

/** A task, as one of an app. */
export interface AppTask {
  readonly app: App
  readonly task: Task
}

/** At once; the others wait for their turn. */
const MAX_PROBES = 128
const PROBE_MS = 1000

/**
 * Those of the tasks that take a connection at one of their ports.
 *
 * @param taken `host:port` of tasks that are known to run: who answers there is one of these
 */
export async function answeringTasks(
  tasks: readonly AppTask[],
  taken: ReadonlySet<string>,
  takes: TakesConnections = takesConnections
): Promise<ReadonlySet<string>> {
  const answering = new Set<string>()
  const queue = tasks.values()
  async function work(): Promise<void> {
    for (const { app, task } of queue) {
      const addresses = servingAddresses(app, task)
      const own = addresses.filter(({ host, port }) => !taken.has(`${host}:${port}`))
      const answers = await Promise.all(own.map(({ host, port }) => takes(host, port)))
      if (answers.includes(true)) answering.add(task.id)
    }
  }
  await Promise.all(Array.from({ length: Math.min(MAX_PROBES, tasks.length) }, work))
  return answering
}

/** `host:port` of all tasks that these apps have at one of the hosts. */
export function addressesAt(apps: Iterable<App>, hosts: ReadonlySet<string>): ReadonlySet<string> {
  const taken = new Set<string>()
  for (const app of apps) {
    for (const task of app.tasks) {
      if (task.unproven === true || !isAt(task, hosts)) continue
      for (const { host, port } of servingAddresses(app, task)) taken.add(`${host}:${port}`)
    }
  }
  return taken
}

function isAt({ host, ipAddresses }: Task, hosts: ReadonlySet<string>): boolean {
  return (host !== undefined && hosts.has(host)) || ipAddresses.some((one) => hosts.has(one))
}

/** Hosts at which the tasks are. */
export function hostsOf(tasks: readonly AppTask[]): ReadonlySet<string> {
  return new Set(tasks.flatMap(({ task }) => [task.host ?? '', ...task.ipAddresses]))
}

const takesConnections: TakesConnections = (host, port) =>
  new Promise((resolve) => {
    const socket = connect({ host, port, autoSelectFamily: true })
    const timer = setTimeout(() => end(false), PROBE_MS)
    function end(answer: boolean): void {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
  })
