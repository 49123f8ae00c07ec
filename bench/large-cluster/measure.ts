import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Child, startChild } from './child.ts'
import { type ClusterSize, ownHostOf, SHARED_HOST, sharedOf, sharedPathOf } from './cluster.ts'
import type {
  Applied,
  MarathonAnswer,
  MarathonOrder,
  Observed,
  ProbeAnswer,
  ProbeOrder,
  ResolveCase
} from './messages.ts'

export interface Plan {
  readonly size: ClusterSize
  /** Changes of one task that are read with everything, and as many that an event tells. */
  readonly changes: number
  /** For the configuration of the gateway. */
  readonly folder: string
  /** The built program. */
  readonly program: string
  /** Flags of Node for the gateway, such as `--cpu-prof`. */
  readonly flags: readonly string[]
}

export interface Measured {
  readonly answerBytes: number
  readonly tasks: number
  /** From the last byte of the first answer to the first table. */
  readonly firstTableMs: number
  readonly first: Observed
  readonly unchanged: Observed
  /** Each health check was good once more. */
  readonly checked: Observed
  /** Health results of all tasks are gone. */
  readonly healthGone: Observed
  readonly changes: readonly Change[]
  readonly events: readonly EventEffect[]
  readonly resolveNs: { readonly exact: number; readonly wildcard: number; readonly paths: number }
  /** Of the heap, for each task: the table, and all that the process keeps, the apps as read among it. */
  readonly bytesPerTask: { readonly table: number; readonly all: number }
}

/** One task is another one, seen by a whole read. */
export interface Change {
  readonly observed: Observed
  readonly applied: Applied
}

export interface EventEffect {
  /** From the event to the table. */
  readonly ms: number
  readonly heldMs: number
}

interface Stage {
  readonly marathon: Child<MarathonOrder, MarathonAnswer>
  readonly gateway: Child<ProbeOrder, ProbeAnswer>
}

const here = import.meta.dirname
const LIMIT_MS = 120_000
const SETTLE_MS = 300

export async function measure(plan: Plan, say: (text: string) => void): Promise<Measured> {
  say('a cluster is generated')
  const marathon = startChild<MarathonOrder, MarathonAnswer>({
    name: 'the stand-in for Marathon',
    file: join(here, 'marathon.ts'),
    flags: ['--import', 'tsx']
  })
  let gateway: Stage['gateway'] | undefined
  try {
    const { url = '', bytes = 0 } = await marathon.ask({ kind: 'start', size: plan.size })
    say(`its answer has ${(bytes / 1e6).toFixed(0)} MB; the gateway starts`)
    gateway = await startGateway(plan, url)
    return await run({ marathon, gateway }, plan, bytes, say)
  } finally {
    await Promise.all([marathon.stop(), gateway?.stop()])
  }
}

async function startGateway({ folder, program, flags }: Plan, url: string) {
  const file = join(folder, 'gateway.json')
  const config = {
    marathon: { urls: [url] },
    routing: { domains: ['tasks.large.example'] },
    proxy: { host: '127.0.0.1', port: 0 },
    admin: { port: 0 },
    state: { file: join(folder, 'state.json') },
    plugins: [{ path: join(here, 'probe.mjs') }],
    log: { level: 'warn' }
  }
  await writeFile(file, JSON.stringify(config))
  return startChild<ProbeOrder, ProbeAnswer>({
    name: 'the gateway',
    file: program,
    args: ['run', '--config', file],
    flags: ['--expose-gc', ...flags]
  })
}

async function run(
  stage: Stage,
  plan: Plan,
  answerBytes: number,
  say: (text: string) => void
): Promise<Measured> {
  const tasks = plan.size.apps * plan.size.tasksPerApp
  const { heapBytes: without = 0 } = await stage.gateway.ask({ kind: 'memory' })
  const { first, firstTableMs } = await readFirst(stage, say)
  const {
    heapBytes: withTable = 0,
    tableBytes = 0,
    endpoints
  } = await stage.gateway.ask({ kind: 'memory' })
  if (endpoints !== tasks) throw new Error(`the table has ${endpoints} of ${tasks} tasks`)

  say('the same is read again')
  const unchanged = await reread(stage)
  say('every health check was good once more')
  await stage.marathon.ask({ kind: 'checkAll' })
  const checked = await reread(stage)
  const changes = await readChanges(stage, plan, say)
  const events = await followEvents(stage, plan, say)
  say('all health results are gone')
  await stage.marathon.ask({ kind: 'setHealth', known: false })
  const healthGone = await reread(stage)
  say('requests are resolved')
  const resolveNs = await timeResolve(stage, plan)
  return {
    answerBytes,
    tasks,
    firstTableMs,
    first,
    unchanged,
    checked,
    healthGone,
    changes,
    events,
    resolveNs,
    bytesPerTask: { table: tableBytes / tasks, all: (withTable - without) / tasks }
  }
}

async function readFirst({ marathon, gateway }: Stage, say: (text: string) => void) {
  say('the first answer is read')
  await gateway.ask({ kind: 'begin' })
  await marathon.ask({ kind: 'open' })
  const first = await untilApplied(gateway, 1)
  const { at = 0 } = await marathon.ask({ kind: 'lastByte' })
  const table = first.applied.find(({ changed }) => changed)
  if (table === undefined) throw new Error('the first answer gave no table')
  return { first, firstTableMs: table.tableAt - at }
}

/** A whole read, and all that is done with it. */
async function reread({ gateway }: Stage, fits?: (applied: Applied) => boolean): Promise<Observed> {
  await wait(SETTLE_MS)
  await gateway.ask({ kind: 'begin' })
  await gateway.ask({ kind: 'refresh' })
  return untilApplied(gateway, 1, fits)
}

async function readChanges(stage: Stage, { size, changes }: Plan, say: (text: string) => void) {
  const all: Change[] = []
  for (let at = 0; at < changes; at++) {
    say(`one task changed, read with everything: ${at + 1} of ${changes}`)
    await stage.marathon.ask({ kind: 'replace', app: appAt(at, size), tell: false })
    // On a busy machine a read from before may end only now.
    const observed = await reread(stage, ({ changed }) => changed)
    const applied = observed.applied.find(({ changed }) => changed)
    if (applied === undefined) throw new Error('a changed task did not change the table')
    all.push({ observed, applied })
  }
  return all
}

async function followEvents(stage: Stage, { size, changes }: Plan, say: (text: string) => void) {
  const all: EventEffect[] = []
  for (let at = 0; at < changes; at++) {
    say(`one task changed, told by an event: ${at + 1} of ${changes}`)
    await wait(SETTLE_MS)
    await stage.gateway.ask({ kind: 'begin' })
    const told = await stage.marathon.ask({ kind: 'replace', app: appAt(at, size), tell: true })
    const observed = await untilApplied(stage.gateway, 1, ({ changed }) => changed)
    const table = observed.applied.find(({ changed }) => changed)
    all.push({ ms: (table?.tableAt ?? Number.NaN) - (told.at ?? 0), heldMs: observed.heldMs })
    // The read that follows when it is quiet shall not fall into the next one.
    await wait(SETTLE_MS)
  }
  return all
}

async function timeResolve({ gateway }: Stage, { size }: Plan): Promise<Measured['resolveNs']> {
  const hosts = (name: (at: number) => string) => Array.from({ length: 64 }, (_, at) => name(at))
  const shared = sharedOf(size)
  const cases: readonly ResolveCase[] = [
    { hosts: hosts((at) => ownHostOf(appAt(at, size))), target: '/items?page=2' },
    {
      hosts: hosts((at) => `shop.zone-${shared + (at % shared)}.large.example`),
      target: '/items?page=2'
    },
    { hosts: [SHARED_HOST], target: `${sharedPathOf(shared >> 1)}/items?page=2` }
  ]
  const { resolveNs } = await gateway.ask({ kind: 'resolve', cases })
  const [exact = Number.NaN, wildcard = Number.NaN, paths = Number.NaN] = resolveNs ?? []
  return { exact, wildcard, paths }
}

/** Apps with a host of their own, here and there. */
function appAt(at: number, size: ClusterSize): number {
  const first = 2 * sharedOf(size)
  return first + ((at * 997) % (size.apps - first))
}

async function untilApplied(
  gateway: Stage['gateway'],
  count: number,
  fits: (applied: Applied) => boolean = () => true
): Promise<Observed> {
  const end = performance.now() + LIMIT_MS
  while (performance.now() < end) {
    // Seldom, for it is work of the one that is measured.
    await wait(100)
    const { observed } = await gateway.ask({ kind: 'end' })
    if (observed !== undefined && observed.applied.filter(fits).length >= count) return observed
  }
  throw new Error(`the gateway did not take in an answer within ${LIMIT_MS / 1000} s`)
}
