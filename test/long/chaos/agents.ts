import { canListen, LoopbackAddresses } from '../../../src/local-marathon/loopback-addresses.ts'
import type { Placement, TaskRunner } from '../../../src/local-marathon/task-runner.ts'
import { createProcessRunner } from '../../../src/local-marathon/task-runner-process.ts'
import type { DeathRegister } from './deaths.ts'

const FIRST_PORT = 31_000
const PORTS = 1_000
/** A lost agent takes no task for this long. */
const AWAY_MS = 2_000

/** Agents of the cluster: loopback addresses that several tasks share, as hosts of Mesos are. */
export interface Agents {
  readonly runner: TaskRunner
  readonly hosts: readonly string[]
  /** Takes no new task for a while. */
  lose(host: string): void
}

/**
 * Tasks run as processes. Each goes to the agent with the fewest tasks of its app; a port is not used
 * again before all others of its agent were, and never one that a process of somebody else listens on:
 * the health checks of a task that could not bind would be answered there.
 */
export function createAgents(count: number, deaths: DeathRegister): Agents {
  const hosts = Array.from({ length: count }, (_, at) => `127.0.1.${at + 2}`)
  const processes = createProcessRunner({
    addresses: new LoopbackAddresses(Math.random),
    images: {},
    surroundings: process.env
  })
  const held = new Set<{ readonly app: string; readonly host: string; readonly port: number }>()
  const awayUntil = new Map<string, number>()
  let nextPort = 0

  function hostFor(app: string): string {
    const open = hosts.filter((host) => (awayUntil.get(host) ?? 0) <= performance.now())
    const weight = (host: string) =>
      [...held].reduce(
        (sum, one) => sum + (one.host === host ? 1 + (one.app === app ? 100 : 0) : 0),
        0
      )
    return open.sort((a, b) => weight(a) - weight(b))[0] ?? hosts[0] ?? '127.0.0.1'
  }

  async function freePort(host: string): Promise<number> {
    for (let tries = 0; tries < PORTS; tries += 1) {
      const port = FIRST_PORT + (nextPort++ % PORTS)
      if (await canListen(host, port)) return port
    }
    throw new Error(`no free port on ${host}`)
  }

  async function place(app: string): Promise<Placement> {
    const host = hostFor(app)
    const port = await freePort(host)
    const one = { app, host, port }
    held.add(one)
    return { host, ports: [port], release: () => held.delete(one) }
  }

  return {
    hosts,
    lose: (host) => awayUntil.set(host, performance.now() + AWAY_MS),
    runner: {
      place: ({ definition }) => place(definition.id),
      start(spec, placement, on) {
        const { taskId, definition } = spec
        const entry = deaths.begin(taskId, definition.env['CHAOS_END'] === 'drain')
        const task = processes.start(spec, placement, {
          ...on,
          ended(end) {
            entry.ended()
            on.ended(end)
          }
        })
        return {
          simulated: false,
          exec: (command, timeoutMs) => task.exec(command, timeoutMs),
          kill(graceMs) {
            entry.asked(graceMs)
            task.kill(graceMs)
          }
        }
      }
    }
  }
}
