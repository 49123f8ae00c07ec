import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cores, startingOn } from '../../../bench/cores.ts'
import { forkThrough } from '../../support/fork-through.ts'
import { type FrontDoorProcess, startFrontDoorProcess } from '../../support/front-door-process.ts'
import type { AttackKind, AttackNews } from './attack.ts'
import { type Attackers, startAttackers } from './attackers.ts'
import { type GoodResult, runGoodClients, together } from './good-clients.ts'

export interface SlowClientSettings {
  readonly lane: 'wire' | 'full'
  /** Where the gateway runs; whoever calls is where all else shall be. */
  readonly cores: Cores
  /** Connections that send their head slowly, or nothing. */
  readonly heads: number
  /** Connections that send their body, or take their answer, slowly. */
  readonly bodies: number
  /** Good requests per second. */
  readonly perSecond: number
  /** How long good clients ask before anything is measured: until the gateway's code is compiled. */
  readonly warmMs: number
  /** How long good clients are measured in each phase. */
  readonly measureMs: number
  /** Longest time for all attackers to be there. */
  readonly rampMs: number
  /** How long buffers have to fill, once all are there. */
  readonly settleMs: number
  tell(line: string): void
}

export interface PhaseResult {
  readonly name: string
  /** Attackers that were there in the end. */
  readonly attackers: number
  readonly ended: number
  readonly longest: AttackNews['longest']
  /** Good clients right after the attackers came: what ends slow ones is compiled meanwhile. */
  readonly atFirst: GoodResult
  /** Good clients behind that. */
  readonly good: GoodResult
  /** What good clients have while the same attackers are at another server: what the machine makes of it. */
  readonly elsewhere: GoodResult
  /** Growth of the gateway's resident memory since before the attack, bytes. */
  readonly growth: number
}

export interface SlowClientReport {
  readonly lane: string
  /** Good clients alone, before, between and behind the attacks: the machine is not the same all the time. */
  readonly base: GoodResult
  readonly phases: readonly PhaseResult[]
}

const TASKS = 2
const QUIET_MS = 3000
const LOOK_MS = 200

/** Good clients and slow ones at one app of two tasks. */
export async function runSlowClients(settings: SlowClientSettings): Promise<SlowClientReport> {
  const { lane, cores, heads, bodies, tell, perSecond, warmMs } = settings
  const tasks = await Promise.all(
    Array.from({ length: TASKS }, () => startServer('./task-main.ts'))
  )
  const door = await startFrontDoorProcess({ proxy: { lane } }, startingOn(cores.proxy))
  await door.publish([{ id: '/myapp', ports: tasks.map(({ port }) => port) }])
  try {
    await runGoodClients(door.port, perSecond, warmMs)
    tell('good clients alone')
    const alone = [await measure(door, settings)]
    const phases: PhaseResult[] = []
    const attacks = [
      { name: 'heads and idle', kinds: ['head', 'idle'], count: heads },
      { name: 'bodies and readers', kinds: ['body', 'reader'], count: bodies }
    ] as const
    for (const { name, kinds, count } of attacks) {
      const attack = { kinds, count }
      tell(`${name}: ${count} attackers elsewhere`)
      const elsewhere = await runElsewhere(door, attack, settings)
      tell(`${name}: ${count} attackers`)
      phases.push({ name, elsewhere, ...(await runPhase(door, attack, settings)) })
      tell('good clients alone')
      alone.push(await measure(door, settings))
    }
    return { lane, base: together(alone), phases }
  } finally {
    door.kill()
    await door.ended
    for (const task of tasks) task.stop()
  }
}

function measure(
  { port }: FrontDoorProcess,
  { perSecond, measureMs }: SlowClientSettings
): Promise<GoodResult> {
  return runGoodClients(port, perSecond, measureMs)
}

interface Attack {
  readonly kinds: readonly AttackKind[]
  readonly count: number
}

async function runElsewhere(
  door: FrontDoorProcess,
  attack: Attack,
  settings: SlowClientSettings
): Promise<GoodResult> {
  const other = await startServer('./elsewhere-main.ts', settings.cores.proxy)
  try {
    return await whileAttacked(other.port, attack, settings, () => measure(door, settings))
  } finally {
    other.stop()
  }
}

async function runPhase(
  door: FrontDoorProcess,
  attack: Attack,
  settings: SlowClientSettings
): Promise<Omit<PhaseResult, 'name' | 'elsewhere'>> {
  const before = await door.memory()
  return whileAttacked(door.port, attack, settings, async (attackers) => {
    const atFirst = await measure(door, settings)
    const good = await measure(door, settings)
    const { open, ended, longest } = await attackers.news()
    const growth = (await door.memory()) - before
    return { attackers: open, ended, longest, atFirst, good, growth }
  })
}

async function whileAttacked<Result>(
  port: number,
  { kinds, count }: Attack,
  { rampMs, settleMs }: SlowClientSettings,
  meanwhile: (attackers: Attackers) => Promise<Result>
): Promise<Result> {
  const attackers = await startAttackers(port, kinds, count)
  try {
    const until = performance.now() + rampMs
    // Those that were closed come again after a while.
    while ((await attackers.news()).open < count * 0.97 && performance.now() < until) {
      await sleep(LOOK_MS)
    }
    await sleep(settleMs)
    return await meanwhile(attackers)
  } finally {
    await attackers.stop()
    await sleep(QUIET_MS)
  }
}

interface StartedServer {
  readonly port: number
  stop(): void
}

async function startServer(module: string, cores?: string): Promise<StartedServer> {
  const child = forkThrough(startingOn(cores), new URL(module, import.meta.url))
  const [port] = await once(child, 'message')
  return { port: Number(port), stop: () => child.disconnect() }
}
