import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Backends, startBackends } from './backend/start-backends.ts'
import { freePorts } from './free-ports.ts'
import { findGenerators, type Generators } from './load/find-generators.ts'
import { type MeasureTools, measure, warmUp } from './measure.ts'
import { type OpenPeer, openPeer, type RefusedPeer, settle } from './open-peers.ts'
import type { Peer } from './peers/peer.ts'
import type { Progress } from './progress.ts'
import { type Sample, summarise } from './results.ts'
import type { Scenario } from './scenarios.ts'
import { BULK_APP, buildTable, spreadHosts } from './stage.ts'
import { startStandInMarathon } from './stand-in-marathon.ts'

/** A measurement that gave no figures, and why. */
export interface Omission {
  readonly scenario: string
  readonly peer: string
  readonly reason: string
}

export interface MatrixResult {
  readonly samples: readonly Sample[]
  readonly refused: readonly { readonly peer: string; readonly reasons: readonly string[] }[]
  readonly omissions: readonly Omission[]
  readonly backend: string
  readonly generators: { readonly closed: string; readonly open: string }
}

export interface MatrixPlace {
  readonly folder: string
  /** Cores for the proxies and for everything else, by the number of workers. */
  coresFor(workers: number): { readonly proxy?: string; readonly rest?: string }
  readonly progress: Progress
  readonly signal: AbortSignal
  /** Where profiles go to; undefined: none are taken. */
  readonly profiles: string | undefined
}

interface Run extends MatrixPlace {
  readonly ports: { readonly backend: number; readonly bulk: number }
  readonly backends: Backends
  readonly generators: Generators
  readonly samples: Sample[]
  readonly refused: RefusedPeer[]
  readonly omissions: Omission[]
}

/** Measures every scenario with every proxy that is in it, round by round in turn. */
export async function runMatrix(
  scenarios: readonly Scenario[],
  peers: readonly Peer[],
  place: MatrixPlace
): Promise<MatrixResult> {
  const [backend = 0, bulk = 0] = await freePorts(2)
  const ports = { backend, bulk }
  const cores = place.coresFor(1).rest
  const backends = await startBackends({ folder: place.folder, ports, workers: 1, cores })
  const generators = findGenerators(place.folder)
  const lists = { samples: [], refused: [], omissions: [] }
  const run: Run = { ...place, ports, backends, generators, ...lists }
  try {
    for (const group of groupsOf(scenarios)) await runGroup(group, peers, run)
  } finally {
    await backends.stop()
  }
  const { samples, refused, omissions } = run
  return {
    samples,
    omissions,
    refused: refused.map(({ peer, reasons }) => ({ peer: peer.id, reasons })),
    backend: backends.name,
    generators: { closed: generators.closed.name, open: generators.open.name }
  }
}

/**
 * Scenarios that the same running proxies can serve, in their order. Memory is counted in proxies that
 * have carried nothing before.
 */
export function groupsOf(scenarios: readonly Scenario[]): Scenario[][] {
  const groups = new Map<string, Scenario[]>()
  for (const scenario of scenarios) {
    const { table, workers, drive } = scenario
    const key = JSON.stringify([table, workers, drive.kind === 'idle'])
    groups.set(key, [...(groups.get(key) ?? []), scenario])
  }
  return [...groups.values()]
}

async function runGroup(group: readonly Scenario[], peers: readonly Peer[], run: Run) {
  const [first] = group
  if (first === undefined) return
  const apps = buildTable(first.table, run.ports)
  const marathon = await startStandInMarathon(apps)
  const opened: OpenPeer[] = []
  const folder = join(run.folder, first.id)
  mkdirSync(folder, { recursive: true })
  try {
    for (const peer of peersOf(group, peers)) {
      if (run.signal.aborted) return
      run.progress.note(`starting ${peer.name}`)
      const found = await openPeer(peer, {
        folder,
        apps,
        marathonUrl: marathon.url,
        workers: first.workers,
        cores: run.coresFor(first.workers).proxy,
        backendPort: run.ports.backend,
        largeHost: largeHostOf(run, apps.at(0)?.host ?? ''),
        profiles: run.profiles
      })
      // A proxy that was told to stop is no news.
      if (run.signal.aborted && 'reasons' in found) return
      if ('reasons' in found) run.refused.push(found)
      else opened.push(found)
    }
    run.progress.note('waiting until all have started')
    await settle(opened, run.signal)
    for (const scenario of group) {
      const hosts = hostsOf(scenario, run, spreadHosts(apps, scenario.hosts))
      await runScenario(scenario, opened, toolsFor(scenario, hosts, run), run)
    }
  } finally {
    await Promise.all(opened.map((open) => open.stop()))
    await marathon.stop()
  }
}

async function runScenario(
  scenario: Scenario,
  opened: readonly OpenPeer[],
  tools: MeasureTools,
  run: Run
) {
  const taking = opened.filter(({ peer }) => takesPart(peer, scenario, run))
  for (const open of taking) {
    if (run.signal.aborted) return
    run.progress.note(`warming up ${open.peer.name}`)
    await orOmit(open, scenario, run, () => warmUp(open, scenario, tools))
  }
  for (let round = 1; round <= scenario.rounds; round++) {
    await runRound(scenario, round, { taking, tools, run })
  }
}

async function runRound(
  scenario: Scenario,
  round: number,
  { taking, tools, run }: { taking: readonly OpenPeer[]; tools: MeasureTools; run: Run }
) {
  for (const open of taking) {
    if (run.signal.aborted) return
    run.progress.step(`${scenario.title}: ${open.peer.name}, round ${round} of ${scenario.rounds}`)
    const sample = await orOmit(open, scenario, run, () => measure(open, scenario, round, tools))
    if (sample !== undefined) run.samples.push(sample)
  }
}

/** One proxy that fails under load takes no other with it. */
async function orOmit<T>(open: OpenPeer, scenario: Scenario, run: Run, work: () => Promise<T>) {
  try {
    return await work()
  } catch (error) {
    const reason = (error as Error).message
    run.omissions.push({ scenario: scenario.id, peer: open.peer.id, reason })
    return undefined
  }
}

function toolsFor(scenario: Scenario, hosts: readonly string[], run: Run): MeasureTools {
  return {
    generators: run.generators,
    cores: run.coresFor(scenario.workers).rest,
    hosts,
    peakOf: (id, peer) =>
      summarise(run.samples).find((found) => found.scenario === id && found.peer === peer)?.figures
        .requestsPerSecond?.median
  }
}

/** Without a proxy nobody counts CPU or memory, and the backend for uploads is at another port. */
function takesPart(peer: Peer, scenario: Scenario, run: Run): boolean {
  if (scenario.peers !== undefined && !scenario.peers.includes(peer.id)) return false
  if (peer.kind !== 'direct') return true
  const needsBulk = scenario.uploadBytes > 0 || (isLarge(scenario) && !run.backends.hasLargeBodies)
  return scenario.drive.kind !== 'idle' && !needsBulk
}

function peersOf(group: readonly Scenario[], peers: readonly Peer[]): Peer[] {
  return peers.filter(({ id }) =>
    group.some((scenario) => scenario.peers === undefined || scenario.peers.includes(id))
  )
}

function hostsOf(scenario: Scenario, run: Run, usual: readonly string[]): readonly string[] {
  const bulk = [`${BULK_APP}.bench.local`]
  if (scenario.uploadBytes > 0) return bulk
  return isLarge(scenario) && !run.backends.hasLargeBodies ? bulk : usual
}

function largeHostOf(run: Run, usual: string): string {
  return run.backends.hasLargeBodies ? usual : `${BULK_APP}.bench.local`
}

function isLarge({ answerBytes }: Scenario): boolean {
  return answerBytes > 10_240
}

/** How many measurements there will be if every proxy starts. */
export function countSteps(scenarios: readonly Scenario[], peers: readonly Peer[]): number {
  const each = scenarios.map((scenario) => scenario.rounds * peersOf([scenario], peers).length)
  return each.reduce((sum, steps) => sum + steps, 0)
}
