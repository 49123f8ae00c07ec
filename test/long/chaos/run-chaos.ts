import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../src/plugins/haproxy/agreement/seeded-random.ts'
import { makeChanges } from './changes.ts'
import { APPS, type ChaosCluster, startCluster } from './cluster.ts'
import { type Lane, startGateway } from './gateway.ts'
import { startLoad } from './load.ts'
import { PostCounts } from './posts.ts'
import { type JudgedFailure, RunRecord } from './run-record.ts'

export interface ChaosOptions {
  /** Tasks to be started or ended. */
  readonly changes: number
  readonly seed: number
  readonly lane: Lane
  /** Requests per second. */
  readonly rate: number
  /** Changes per second, at most. */
  readonly pace: number
  readonly loadProcesses: number
  readonly webSockets: number
  readonly onBegin?: (record: RunRecord) => void
  /** Told of each failure that seems to have no excuse. */
  readonly onDefect?: (failure: JudgedFailure) => void
  readonly signal: AbortSignal
}

/** Ends and records come a moment after what they explain. */
const AFTERMATH_MS = 1_500
/** Warm is a gateway that answers nearly all within this time, for a few seconds. */
const WARM_MS = 300
const WARM_SECONDS = 3
const LONGEST_WARM_UP_S = 40

/** Starts everything, makes the changes, judges what failed, stops everything. */
export async function runChaos(options: ChaosOptions): Promise<RunRecord> {
  const folder = await mkdtemp(join(tmpdir(), 'chaos-tasks-'))
  const posts = new PostCounts(folder)
  const record = new RunRecord(posts, options.onDefect ?? (() => undefined))
  const undo: (() => unknown)[] = [() => rm(folder, { recursive: true, force: true })]
  try {
    const cluster = await startCluster({
      ...{ folder, posts },
      onChange: (change) => record.noteChange(change),
      onEvent: (event) => record.noteEvent(event)
    })
    undo.push(() => cluster.close())
    const gateway = await startGateway({
      marathons: cluster.nodes.map(({ url }) => url),
      lane: options.lane,
      onRecord: (one) => record.noteRecord(one),
      onWarning: (line) => record.noteWarning(line),
      onEnd: (how) => record.noteFault(how)
    })
    undo.push(() => gateway.close())
    await runLoad(options, cluster, record, gateway.port, undo)
    // The last tasks leave their records of POSTs behind.
    await cluster.close()
    record.finish()
    return record
  } finally {
    for (const one of undo.reverse()) await one()
  }
}

async function runLoad(
  { changes, seed, rate, pace, loadProcesses, webSockets, onBegin, signal }: ChaosOptions,
  cluster: ChaosCluster,
  record: RunRecord,
  port: number,
  undo: (() => unknown)[]
): Promise<void> {
  const order = { port, rate, webSockets, hosts: APPS.map(({ name }) => `${name}.test`) }
  const load = startLoad(
    ...([loadProcesses, order] as const),
    (news) => record.noteLoad(news),
    (how) => record.noteFault(how)
  )
  undo.push(() => load.kill())
  await warmUp(record)
  record.begin(cluster.deaths)
  onBegin?.(record)
  const over = new AbortController()
  const making = makeChanges({
    cluster,
    random: seededRandom(seed),
    made: () => record.made,
    due: () => record.seconds * pace,
    signal: over.signal,
    isSeen: (task) => record.effects.isSeen(task),
    onDeed: (doing) => record.noteDeed(doing)
  })
  const ended = making.catch((error: Error) => record.noteFault(error.message))
  while (record.made < changes && !signal.aborted && !record.isOff) await sleep(100)
  over.abort()
  await ended
  await load.stop()
  await sleep(AFTERMATH_MS)
}

/** Code that runs for the first time is slow; that is not what is looked at here. */
async function warmUp(record: RunRecord): Promise<void> {
  let warm = 0
  for (let second = 0; second < LONGEST_WARM_UP_S && warm < WARM_SECONDS; second += 1) {
    await sleep(1_000)
    const p99 = record.takeRecentP99()
    warm = p99 !== undefined && p99 <= WARM_MS ? warm + 1 : 0
  }
}
