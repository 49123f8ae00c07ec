import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalMarathon } from '../../../src/local-marathon/create-local-marathon.ts'
import type { AnswerFault } from '../../../src/local-marathon/faults.ts'
import { APPS, type ChaosCluster, LEAST_TASKS, MOST_TASKS } from './cluster.ts'

/** What is done to the cluster. The first five concern one app, the others all of it. */
export type Deed =
  | 'scale up'
  | 'scale down'
  | 'rolling deploy'
  | 'restart'
  | 'kill'
  | 'SIGKILL'
  | 'agent lost'
  | 'new leader'
  | 'Marathon away'
  | 'stream silent'

/** A deed from its beginning to its end. */
export interface Doing {
  readonly deed: Deed
  /** The app, the agent, the fault. */
  readonly what: string
}

export interface ChangesOptions {
  readonly cluster: ChaosCluster
  /** Numbers in [0, 1), the same for the same seed. */
  readonly random: () => number
  /** Tasks started or ended so far. */
  readonly made: () => number
  /** Tasks started or ended that shall be made by now. */
  readonly due: () => number
  readonly signal: AbortSignal
  /** Whether a client has had an answer of this task. */
  readonly isSeen: (task: string) => boolean
  /** @returns told of the end */
  readonly onDeed: (doing: Doing) => () => void
}

/** How often each is drawn, compared with the others. */
const APP_DEEDS: readonly (readonly [Deed, number])[] = [
  ['scale up', 20],
  ['scale down', 20],
  ['rolling deploy', 12],
  ['restart', 8],
  ['kill', 20],
  ['SIGKILL', 12]
]
/** Pause between two deeds that concern the whole cluster, ms. */
const CLUSTER_PAUSE_MS = 4_000
const AWAY: readonly AnswerFault[] = [503, 'html502', 'hang', 'reset', 'truncated', 'empty200']
const AWAY_MS = 4_000
const LOOK_EVERY_MS = 50
/** Between two deeds on one app. */
const REST_MS = 500
/** Most that is waited for a client to meet a new task. */
const IN_STEP_MS = 10_000
const SILENT_MS = 6_000
/** Of each app that many tasks serve elsewhere when an agent is lost. */
const LEFT = 2

/** Marathon does nothing while it is away: deeds on apps wait for it. */
class Gate {
  #busy = 0
  #closed = false

  /** False: not now. */
  enter(): boolean {
    if (this.#closed) return false
    this.#busy += 1
    return true
  }

  leave(): void {
    this.#busy -= 1
  }

  /** Resolves when nothing is going on. */
  async close(signal: AbortSignal): Promise<void> {
    this.#closed = true
    while (this.#busy > 0 && !signal.aborted) await pause(LOOK_EVERY_MS, signal)
  }

  open(): void {
    this.#closed = false
  }
}

/** Makes changes until the signal: deeds on apps, each app one at a time, and deeds on the whole cluster. */
export async function makeChanges(options: ChangesOptions): Promise<void> {
  const gate = new Gate()
  await Promise.all([
    ...APPS.map(({ name }) => changeApp(name, gate, options)),
    changeWhole(gate, options)
  ])
}

async function changeApp(app: string, gate: Gate, options: ChangesOptions): Promise<void> {
  const { cluster, made, due, signal, onDeed } = options
  while (!signal.aborted) {
    if (made() >= due() || !gate.enter()) {
      await pause(LOOK_EVERY_MS, signal)
      continue
    }
    const deed = drawDeed(app, options)
    const done = onDeed({ deed, what: app })
    const gone = doTo(app, deed, options)
    if (gone !== undefined) await cluster.gone(app, gone)
    await cluster.settled(app)
    done()
    await inStep(app, options)
    gate.leave()
  }
}

function drawDeed(app: string, { cluster, random }: ChangesOptions): Deed {
  const instances = cluster.instances(app)
  const possible = APP_DEEDS.filter(([deed]) => {
    if (deed === 'scale up') return instances < MOST_TASKS
    return deed !== 'scale down' || instances > LEAST_TASKS
  })
  const tickets = possible.flatMap(([deed, share]) => Array.from({ length: share }, () => deed))
  return tickets[Math.floor(random() * tickets.length)] ?? 'restart'
}

/**
 * Nobody deploys an app again before what he deployed serves; on a machine with too little time the gateway
 * learns of it later than on others.
 */
async function inStep(app: string, { cluster, isSeen, signal }: ChangesOptions): Promise<void> {
  await pause(REST_MS, signal)
  const until = performance.now() + IN_STEP_MS
  const isInStep = () => cluster.serving(app).every(({ id }) => isSeen(id))
  while (!isInStep() && performance.now() < until) await pause(LOOK_EVERY_MS, signal)
}

/** @returns the task that will go */
function doTo(app: string, deed: Deed, { cluster, random }: ChangesOptions): string | undefined {
  const instances = cluster.instances(app)
  const serving = cluster.serving(app)
  const task = serving[Math.floor(random() * serving.length)]
  cluster.announceKills(random() < 0.7)
  if (deed === 'scale up') cluster.scale(app, instances + 1)
  else if (deed === 'scale down') cluster.scale(app, instances - 1)
  else if (deed === 'rolling deploy') cluster.replaceAll(app, 'deploy')
  else if (deed === 'restart') cluster.replaceAll(app, 'restart')
  else if (task !== undefined && serving.length > LEFT) {
    if (deed === 'kill') cluster.kill(task)
    else cluster.crash(task)
    return task.id
  }
  return undefined
}

async function changeWhole(gate: Gate, options: ChangesOptions): Promise<void> {
  const { cluster, random, signal, onDeed } = options
  const deeds: readonly (readonly [Deed, () => readonly [string, () => Promise<void>]])[] = [
    ['agent lost', () => loseAgent(cluster, random)],
    ['new leader', () => ['', async () => cluster.nodes[0]?.faults.leaderChange()]],
    ['Marathon away', () => goAway(gate, options)],
    ['stream silent', () => ['', () => silence(cluster, signal)]]
  ]
  while (!signal.aborted) {
    await pause(CLUSTER_PAUSE_MS, signal)
    const [deed, prepare] = deeds[Math.floor(random() * deeds.length)] ?? []
    if (deed === undefined || prepare === undefined || signal.aborted) continue
    const [what, act] = prepare()
    const done = onDeed({ deed, what })
    await act()
    done()
  }
}

/** Everything on one agent is gone at once. */
function loseAgent(cluster: ChaosCluster, random: () => number) {
  const { hosts } = cluster.agents
  const host = hosts[Math.floor(random() * hosts.length)] ?? ''
  const on = APPS.map(({ name }) => cluster.serving(name))
  const isLost = ({ placement }: { placement?: { host: string } }) => placement?.host === host
  const enough = on.every((tasks) => tasks.filter((task) => !isLost(task)).length >= LEFT)
  const act = async () => {
    if (!enough) return
    cluster.agents.lose(host)
    for (const task of on.flat().filter(isLost)) cluster.crash(task)
  }
  return [enough ? host : 'spared', act] as const
}

/** Nobody answers for Marathon; meanwhile a task or two die, and nobody says so. */
function goAway(gate: Gate, { cluster, random, signal }: ChangesOptions) {
  const fault = AWAY[Math.floor(random() * AWAY.length)] ?? 503
  const act = async () => {
    await gate.close(signal)
    await pause(REST_MS, signal)
    set(cluster.nodes, fault)
    for (const { faults } of cluster.nodes) faults.closeStreams()
    await pause(AWAY_MS / 2, signal)
    for (const { name } of APPS) {
      const [task] = random() < 0.5 ? cluster.serving(name) : []
      if (task !== undefined) cluster.crash(task)
    }
    await pause(AWAY_MS / 2, signal)
    set(cluster.nodes, undefined)
    gate.open()
  }
  return [String(fault), act] as const
}

/** The event stream is refused as well. */
function set(nodes: readonly LocalMarathon[], fault: AnswerFault | undefined): void {
  for (const { faults } of nodes) {
    faults.answer = fault
    faults.closeStreamsAtOnce = fault !== undefined
  }
}

async function silence({ nodes }: ChaosCluster, signal: AbortSignal): Promise<void> {
  for (const { faults } of nodes) faults.silentStream = true
  await pause(SILENT_MS, signal)
  for (const { faults } of nodes) faults.silentStream = false
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
