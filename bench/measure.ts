import { setTimeout as wait } from 'node:timers/promises'
import type { Generators } from './load/find-generators.ts'
import { openIdle } from './load/idle-connections.ts'
import type { Load, LoadResult } from './load/load.ts'
import type { OpenPeer } from './open-peers.ts'
import { cpuSecondsOf, memoryBytesOf } from './process-tree.ts'
import type { Sample } from './results.ts'
import type { Scenario } from './scenarios.ts'

/** What a measurement needs besides the proxy and the scenario. */
export interface MeasureTools {
  readonly generators: Generators
  /** Cores of the load generator. */
  readonly cores: string | undefined
  readonly hosts: readonly string[]
  /** Requests per second this proxy reached in a scenario; undefined when it wasn't in it. */
  peakOf(scenario: string, peer: string): number | undefined
}

const MIB = 1_048_576
const GIB = 1024 * MIB
/** Bodies of at least this size are told by volume, too. */
const LARGE_BODY = MIB
/** Until memory has settled: garbage is collected in idle time. */
const SETTLE_MS = 2000

/** Times one proxy once. */
export async function measure(
  open: OpenPeer,
  scenario: Scenario,
  round: number,
  tools: MeasureTools
): Promise<Sample | undefined> {
  if (scenario.drive.kind === 'idle') return measureIdle(open, scenario, round, tools)
  const rate = rateOf(open, scenario, tools)
  if (rate === 'unknown') return undefined
  const { generators } = tools
  const generator = rate === undefined ? generators.closed : generators.open
  const before = open.pid === undefined ? 0 : cpuSecondsOf(open.pid)
  const result = await generator.run(loadOf(open, scenario, tools, rate))
  const cpuSeconds = open.pid === undefined ? undefined : cpuSecondsOf(open.pid) - before
  return {
    ...sampleOf(open, scenario, round, { result, cpuSeconds }),
    ...(scenario.tellsTable && tableFigures(open))
  }
}

/** As long as a measurement: compiles what is compiled late, and opens connections to tasks; nothing of it counts. */
export async function warmUp(open: OpenPeer, scenario: Scenario, tools: MeasureTools) {
  const load = loadOf(open, { ...scenario, connections: 64 }, tools, undefined)
  await tools.generators.closed.run(load)
}

function rateOf(open: OpenPeer, { drive }: Scenario, tools: MeasureTools) {
  if (drive.kind === 'rate') return drive.rate
  if (drive.kind !== 'half') return undefined
  const peak = tools.peakOf(drive.of, open.peer.id)
  return peak === undefined ? 'unknown' : peak / 2
}

function loadOf(
  { port }: OpenPeer,
  scenario: Scenario,
  { hosts, cores }: MeasureTools,
  rate: number | undefined
): Load {
  const { path, uploadBytes, connections, seconds } = scenario
  const method = uploadBytes > 0 ? 'POST' : 'GET'
  return { port, method, path, uploadBytes, hosts, connections, seconds, rate, cores }
}

function sampleOf(
  { peer }: OpenPeer,
  scenario: Scenario,
  round: number,
  { result, cpuSeconds }: { result: LoadResult; cpuSeconds: number | undefined }
): Sample {
  const { requests, seconds, errors, p50Ms, p99Ms, p999Ms } = result
  const bytes = Math.max(scenario.answerBytes, scenario.uploadBytes)
  const counted = cpuSeconds !== undefined && requests > 0
  return {
    scenario: scenario.id,
    peer: peer.id,
    round,
    requestsPerSecond: requests / seconds,
    errors,
    p50Ms,
    p99Ms,
    p999Ms,
    ...(counted && {
      coresUsed: cpuSeconds / seconds,
      cpuMicros: (cpuSeconds * 1e6) / requests
    }),
    ...(counted &&
      bytes >= LARGE_BODY && { cpuMsPerGib: (cpuSeconds * 1000 * GIB) / (requests * bytes) })
  }
}

function tableFigures({ pid, startMs }: OpenPeer): Partial<Sample> {
  return pid === undefined ? {} : { startMs, memoryMib: memoryBytesOf(pid) / MIB }
}

async function measureIdle(
  open: OpenPeer,
  scenario: Scenario,
  round: number,
  tools: MeasureTools
): Promise<Sample | undefined> {
  if (open.pid === undefined) return undefined
  const { connections } = scenario
  await wait(SETTLE_MS)
  const before = memoryBytesOf(open.pid)
  const close = await openIdle(open.port, tools.hosts[0] ?? '', connections)
  try {
    await wait(SETTLE_MS)
    const kib = (memoryBytesOf(open.pid) - before) / 1024 / connections
    return {
      ...{ scenario: scenario.id, peer: open.peer.id, round, errors: 0 },
      kibPerConnection: kib
    }
  } finally {
    close()
  }
}
