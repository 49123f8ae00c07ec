import { setTimeout as sleep } from 'node:timers/promises'
import type {
  LaunchSpec,
  Placement,
  RunCallbacks,
  RunningTask,
  TaskRunner
} from '../../../../src/local-marathon/task-runner.ts'
import type { AgentView, TaskReport } from '../mesos/messages.ts'
import type { MesosClient } from './mesos-client.ts'
import { seatFor, type Taken } from './offers.ts'
import { taskOrder } from './task-order.ts'

/** How often the master is asked for the agents and their tasks. */
const POLL_MS = 300
/** A task ordered or seen so long ago that its agent no longer names is gone. */
const MISSING_MS = 15_000
/** Agents get so long to find a new leading master. */
const REREGISTER_MS = 20_000
/** A kill that has had no effect is repeated. */
const KILL_AGAIN_MS = 3_000
/** How long a launch waits for an agent that has room. */
const OFFER_MS = 5_000

interface Tracked {
  readonly appId: string
  readonly hostname: string
  readonly on: RunCallbacks
  running: boolean
  seenAt: number
  kill?: { readonly graceMs: number; at: number }
}

export interface AgentRunnerOptions {
  readonly mesos: MesosClient
  readonly random: () => number
  readonly now: () => number
  readonly log: (line: string) => void
}

/** Runs tasks on the agents of a cluster; they go on when this process ends. */
export class AgentRunner implements TaskRunner {
  readonly #options: AgentRunnerOptions
  readonly #tasks = new Map<string, Tracked>()
  /** Ports by agent between the choice of a place and the first report. */
  readonly #promised = new Map<string, Set<number>>()
  #agents: readonly AgentView[] = []
  /** Since when the master has answered without a break; agents come back to it in a while. */
  #answersSince: number | undefined

  constructor(options: AgentRunnerOptions) {
    this.#options = options
  }

  async place({ definition }: LaunchSpec): Promise<Placement> {
    const { now, random } = this.#options
    const deadline = now() + OFFER_MS
    for (;;) {
      const seat = seatFor(definition, this.#agents, this.#taken, random)
      if (seat !== undefined) return this.#hold(seat.hostname, seat.ports)
      if (now() > deadline) throw new Error('no agent offers what the app needs')
      await sleep(POLL_MS)
    }
  }

  start(spec: LaunchSpec, placement: Placement, on: RunCallbacks): RunningTask {
    const launch = taskOrder(spec, placement)
    const running = this.#track(spec, placement, { on, running: false })
    this.#options.mesos.order(placement.host, { launch }).catch((error: Error) => {
      this.#end(spec.taskId, error.message)
    })
    return running
  }

  adopt(spec: LaunchSpec, placement: Placement, on: RunCallbacks): RunningTask {
    return this.#track(spec, placement, { on, running: true })
  }

  /** Follows the agents' reports until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    let fault: string | undefined
    while (!signal.aborted) {
      const now = await this.#look().catch((error: unknown) => String(error))
      if (now !== fault) this.#options.log(now ?? 'registered with the Mesos master')
      fault = now
      if (now !== undefined) this.#answersSince = undefined
      await sleep(POLL_MS)
    }
  }

  readonly #taken: Taken = {
    ports: (hostname) => this.#promised.get(hostname) ?? new Set(),
    tasks: (hostname, appId) =>
      [...this.#tasks.values()].filter(
        (task) => task.hostname === hostname && (appId === undefined || task.appId === appId)
      ).length
  }

  #hold(host: string, ports: readonly number[]): Placement {
    const held = this.#promised.get(host) ?? new Set()
    this.#promised.set(host, held)
    for (const port of ports) held.add(port)
    return {
      host,
      ports,
      release: () => {
        for (const port of ports) held.delete(port)
      }
    }
  }

  #track(
    { taskId, definition }: LaunchSpec,
    { host }: Placement,
    { on, running }: Pick<Tracked, 'on' | 'running'>
  ): RunningTask {
    const { now } = this.#options
    const task: Tracked = { appId: definition.id, hostname: host, on, running, seenAt: now() }
    this.#tasks.set(taskId, task)
    return {
      simulated: false,
      exec: () => Promise.reject(new Error('the stand-in agents run no commands')),
      kill: (graceMs) => {
        task.kill ??= { graceMs, at: 0 }
        this.#killAgain(taskId, task)
      }
    }
  }

  async #look(): Promise<undefined> {
    const { mesos, now } = this.#options
    this.#agents = await mesos.agents()
    this.#answersSince ??= now()
    for (const agent of this.#agents) for (const task of agent.tasks) this.#hear(agent, task)
    for (const [taskId, task] of this.#tasks) this.#judge(taskId, task)
  }

  #hear(agent: AgentView, report: TaskReport): void {
    const { mesos, now } = this.#options
    const task = this.#tasks.get(report.taskId)
    if (task === undefined) {
      // Nobody's task, of a leader before this one say: Marathon kills what it does not know.
      const stray = { kill: report.taskId, graceMs: 3_000 }
      if (report.state === 'RUNNING') mesos.order(agent.hostname, stray).catch(() => undefined)
      return
    }
    task.seenAt = now()
    if (report.state === 'RUNNING' && !task.running) {
      task.running = true
      task.on.running(report.ip)
    }
    if (report.state === 'ENDED') {
      this.#end(report.taskId, report.message ?? '', report.exitStatus)
    } else this.#killAgain(report.taskId, task)
  }

  /** A task that its agent no longer names, or whose agent is silent, is lost. */
  #judge(taskId: string, task: Tracked): void {
    const now = this.#options.now()
    const agent = this.#agents.find(({ hostname }) => hostname === task.hostname)
    const settled = now - (this.#answersSince ?? now) > REREGISTER_MS
    if (agent === undefined) {
      if (settled) this.#end(taskId, 'the agent did not come back')
    } else if (!agent.reachable) this.#end(taskId, 'the agent is unreachable')
    else if (now - task.seenAt > MISSING_MS) this.#end(taskId, 'the agent has lost the task')
  }

  #killAgain(taskId: string, { hostname, kill }: Tracked): void {
    const { mesos, now } = this.#options
    if (kill === undefined || now() - kill.at < kill.graceMs + KILL_AGAIN_MS) return
    kill.at = now()
    mesos.order(hostname, { kill: taskId, graceMs: kill.graceMs }).catch(() => {
      kill.at = 0
    })
  }

  #end(taskId: string, message: string, exitStatus = 1): void {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return
    this.#tasks.delete(taskId)
    task.on.ended({ state: exitStatus === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message })
  }
}
