import type { ConstantLoad } from './constant-load.ts'
import type { Effect, Effects } from './effects.ts'
import type { DoorAnswer } from './front-door-client.ts'
import { type HaproxyProcesses, type LogLine, type Memory, WARNING } from './gateway.ts'
import { type Failure, quantilesOf, type Reload, type Report } from './report.ts'
import { type Change, isStructural } from './script.ts'

/** What is written down during a run. */
export interface RunRecord {
  readonly made: number
  readonly failures: readonly Failure[]
  readonly reloads: readonly Reload[]
  /** @returns to be called when the change is done */
  begin(change: Change): () => void
  /** `12 kill steady-1` and so on. */
  underWay(): readonly string[]
  noteFailure(app: string, client: string, answer: DoorAnswer): void
  noteLog(line: LogLine): void
  report(run: Pick<Report, 'plane' | 'seed'>, end: EndOfRun): Report
}

export interface Facts {
  readonly memory: Memory
  readonly counts: Readonly<Record<string, number>>
}

export interface EndOfRun {
  readonly before: Facts
  readonly after: Facts
  readonly webSocket: Report['webSocket']
  readonly processes: HaproxyProcesses
  readonly load: ConstantLoad
  readonly effects: Effects
}

const SLOWEST = 5

/** A reload for the first apps belongs to the start, not to the changes. */
export function createRunRecord(): RunRecord {
  const failures: Failure[] = []
  const reloads: Reload[] = []
  const warnings: Record<string, number> = {}
  const changes: Record<string, number> = {}
  const underWay = new Set<Change>()
  let beganAt = Number.NaN
  let made = 0
  let structuralChanges = 0
  const names = () => [...underWay].map(({ number, kind, app }) => `${number} ${kind} ${app}`)
  const seconds = () => Math.round((performance.now() - beganAt) / 100) / 10

  return {
    get made() {
      return made
    },
    underWay: () => names(),
    failures,
    reloads,
    begin(change) {
      if (Number.isNaN(beganAt)) beganAt = performance.now()
      underWay.add(change)
      changes[change.kind] = (changes[change.kind] ?? 0) + 1
      if (isStructural(change)) structuralChanges += 1
      return () => {
        underWay.delete(change)
        made += 1
      }
    },
    noteFailure(app, client, { status, text, sentAt, answeredAt }) {
      failures.push({
        at: seconds(),
        app,
        client,
        status,
        text: text.slice(0, 120),
        tookMs: Math.round(answeredAt - sentAt),
        under: names()
      })
    },
    noteLog({ level, msg, reason }) {
      if (level >= WARNING) warnings[msg] = (warnings[msg] ?? 0) + 1
      if (msg !== 'reloading HAProxy' || Number.isNaN(beganAt)) return
      const justified = [...underWay].some(isStructural)
      reloads.push({ at: seconds(), reason: String(reason), justified })
    },
    report({ plane, seed }, { before, after, webSocket, processes, load, effects }) {
      const { came, went, missing, requests } = effects
      const ofTasks = (all: readonly Effect[]) =>
        quantilesOf(all.filter((one) => !isOfSettings(one)).map(({ ms }) => ms))
      const ofSettings = [...came, ...went].filter(isOfSettings)
      return {
        plane,
        seed,
        seconds: seconds(),
        changes,
        requests: { ...load.requests, prober: requests },
        failures,
        structuralChanges,
        reloads,
        processes,
        webSocket,
        memoryMb: { begin: before.memory, end: after.memory },
        counts: difference(before.counts, after.counts),
        effectMs: {
          came: ofTasks(came),
          went: ofTasks(went),
          withReload: quantilesOf(ofSettings.map(({ ms }) => ms))
        },
        slowest: [...came, ...went].sort((a, b) => b.ms - a.ms).slice(0, SLOWEST),
        missing,
        warnings
      }
    }
  }
}

/** A task that came or went because its app has other settings: these take a reload. */
function isOfSettings({ task, under }: Effect): boolean {
  const app = task.split('.')[0] ?? ''
  return under.some((change) => change.endsWith(` settings ${app}`))
}

function difference(before: Facts['counts'], after: Facts['counts']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)])
  )
}
