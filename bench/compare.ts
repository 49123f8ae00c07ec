import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CompareOptions } from './command-line.ts'
import type { Comparison, FoundPeer } from './comparison.ts'
import type { Console } from './console.ts'
import { canPin, splitCores } from './cores.ts'
import { describeHost, hostFacts } from './host-facts.ts'
import { installLibraries } from './install-libraries.ts'
import { allPeers } from './peers/all-peers.ts'
import type { Peer } from './peers/peer.ts'
import { profileLines } from './profile.ts'
import { createProgress } from './progress.ts'
import { renderText } from './report/text-table.ts'
import { writePage } from './report/write-page.ts'
import { BASELINE, summarise } from './results.ts'
import { countSteps, runMatrix } from './run-matrix.ts'
import { QUICK_PEERS, quickScenarios, type Scenario, scenarios } from './scenarios.ts'
import { UsageError } from './usage-error.ts'

/**
 * Compares proxies, prints a table for each scenario, and writes files where asked.
 *
 * @returns 0, or 1 when a proxy was refused or failed
 * @throws UsageError for names that don't exist
 */
export async function compare(options: CompareOptions, console: Console): Promise<number> {
  const known = allPeers(options.gateway)
  const chosen = choosePeers(options, known)
  const { plan, leftOut } = feasible(chooseScenarios(options), availableParallelism())
  if (platform() !== 'linux') {
    throw new UsageError('proxies are compared on Linux alone: CPU time is read from /proc')
  }
  if (!options.list && chosen.some(({ kind }) => kind === 'library')) {
    await installLibraries(console.out)
  }
  const { found, missing } = await findPeers(chosen)
  console.out(foundLine(found, missing))
  for (const sentence of leftOut) console.out(sentence)
  if (options.list) {
    console.out(listOf(plan, chosen))
    return 0
  }
  const { measured, profiles } = await measureAll(plan, found, options, console)
  const comparison = { ...measured, missing, leftOut }
  report(comparison, console)
  for (const text of profiles) console.out(`\n${text}`)
  if (options.json !== undefined) await writeFile(options.json, jsonOf(comparison))
  if (console.signal.aborted) return 130
  if (options.page) console.out(await writePage(comparison))
  const { refused, omissions } = comparison.result
  return refused.length + omissions.length > 0 ? 1 : 0
}

/** Measures, and reads profiles before their folder goes. */
async function measureAll(
  plan: readonly Scenario[],
  found: readonly FoundPeer[],
  options: CompareOptions,
  console: Console
) {
  const pinned = canPin()
  const host = hostFacts(pinned)
  const peers = found.map(({ peer }) => peer)
  // Short, since HAProxy's sockets are in it.
  const folder = await mkdtemp(join(tmpdir(), 'mgb-'))
  // Servers that root starts read their files as somebody else.
  await chmod(folder, 0o755)
  const now = () => performance.now()
  const progress = createProgress(countSteps(plan, peers), console.progress, now)
  const { signal } = console
  try {
    const coresFor = (workers: number) => (pinned ? splitCores(workers) : {})
    const to = options.profile ? join(folder, 'profiles') : undefined
    const place = { folder, coresFor, progress, signal, profiles: to }
    const result = await runMatrix(plan, peers, place)
    const summaries = summarise(result.samples)
    const takenAt = new Date().toISOString().slice(0, 10)
    const measured = { takenAt, host, scenarios: plan, peers: found, result, summaries }
    return { measured, profiles: to === undefined ? [] : profileTexts(peers, to) }
  } finally {
    progress.end()
    await rm(folder, { recursive: true, force: true })
  }
}

function profileTexts(peers: readonly Peer[], folder: string): string[] {
  return peers.flatMap(({ id, name }) => {
    const own = join(folder, id)
    const lines = existsSync(own) ? profileLines(own) : []
    return lines.length === 0 ? [] : [`${name}: time of each function itself\n${lines.join('\n')}`]
  })
}

/** Scenarios that show what they are meant to with this many cores, and a sentence for each other one. */
export function feasible(scenarios: readonly Scenario[], cores: number) {
  const plan = scenarios.filter(({ needsCores }) => needsCores <= cores)
  const leftOut = scenarios
    .filter(({ needsCores }) => needsCores > cores)
    .map(({ title, needsCores }) => `“${title}” needs ${needsCores} cores, and here are ${cores}.`)
  return { plan, leftOut }
}

function report({ host, scenarios, peers, result, summaries }: Comparison, console: Console) {
  const nameOf = (id: string) => peers.find(({ peer }) => peer.id === id)?.peer.name ?? id
  for (const scenario of scenarios) {
    if (summaries.some((summary) => summary.scenario === scenario.id)) {
      console.out(`\n${renderText(summaries, scenario, nameOf)}`)
    }
  }
  for (const { peer, reasons } of result.refused) {
    console.out(`\n${nameOf(peer)} was not timed: ${reasons.join('; ')}`)
  }
  for (const { peer, scenario, reason } of result.omissions) {
    console.out(`\n${nameOf(peer)} has no figure for ${scenario}: ${reason}`)
  }
  console.out(`\n${describeHost(host, result)}`)
}

function jsonOf({ peers, ...rest }: Comparison): string {
  const named = peers.map(({ peer, version }) => ({
    ...{ id: peer.id, name: peer.name, version },
    tuning: peer.tuning
  }))
  return `${JSON.stringify({ ...rest, peers: named }, undefined, 2)}\n`
}

export async function findPeers(peers: readonly Peer[]) {
  const found: FoundPeer[] = []
  const missing: string[] = []
  for (const peer of peers) {
    const version = await peer.version()
    if (version === undefined) missing.push(peer.name)
    else found.push({ peer, version })
  }
  return { found, missing }
}

function foundLine(found: readonly FoundPeer[], missing: readonly string[]): string {
  const here = found
    .filter(({ peer }) => peer.kind !== 'direct')
    .map(({ peer, version }) => `${peer.name} ${version}`.trim())
  const absent = missing.length === 0 ? '' : ` Not installed: ${missing.join(', ')}.`
  return `Found: ${here.join(', ')}.${absent}`
}

function listOf(plan: readonly Scenario[], peers: readonly Peer[]): string {
  return [
    'Scenarios:',
    ...plan.map(({ id, title }) => `  ${id.padEnd(20)}${title}`),
    'Proxies:',
    ...peers.map(({ id, name, tuning }) => `  ${id.padEnd(20)}${name}; ${tuning}`)
  ].join('\n')
}

function choosePeers({ quick, peers, list }: CompareOptions, known: readonly Peer[]): Peer[] {
  requireKnown(
    peers,
    known.map(({ id }) => id),
    'proxy'
  )
  // Without the baseline there are no ratios.
  if (peers.length > 0) {
    return known.filter(({ id }) => peers.includes(id) || id === BASELINE)
  }
  return known.filter(({ id }) => !quick || list || QUICK_PEERS.includes(id))
}

function chooseScenarios(options: CompareOptions): Scenario[] {
  const { quick, rounds, seconds } = options
  requireKnown(
    options.scenarios,
    scenarios.map(({ id }) => id),
    'scenario'
  )
  const known = quick && options.scenarios.length === 0 ? quickScenarios : scenarios
  return known
    .filter(({ id }) => options.scenarios.length === 0 || options.scenarios.includes(id))
    .map((scenario) => ({
      ...scenario,
      ...(quick && { rounds: Math.min(3, scenario.rounds), seconds: 1 }),
      ...(rounds !== undefined && { rounds }),
      ...(seconds !== undefined && { seconds })
    }))
}

function requireKnown(given: readonly string[], known: readonly string[], what: string): void {
  const stranger = given.find((name) => !known.includes(name))
  if (stranger === undefined) return
  throw new UsageError(`there is no ${what} “${stranger}”; expected ${known.join(', ')}`)
}
