import { acceptedDifferences } from '../plugins/haproxy/agreement/accepted.ts'
import {
  type Comparison,
  type Difference,
  describeDifference
} from '../plugins/haproxy/agreement/compare.ts'
import { wireOf } from '../plugins/haproxy/agreement/request-head.ts'
import type { Address } from '../plugins/haproxy/agreement/wire-client.ts'
import type { NotPortable } from '../plugins/haproxy/render/options.ts'
import { renderColumns } from './render-columns.ts'

/** What a comparison of the planes came to. */
export interface Verification extends Pick<Comparison, 'compared' | 'kinds' | 'accepted'> {
  readonly seed: number
  readonly routes: number
  /** How many hosts were asked about, and how many there are. */
  readonly hosts: number
  readonly allHosts: number
  /** Routes that were not asked about, and why. */
  readonly skipped: readonly NotPortable[]
  /** What differs, every time it is asked. */
  readonly differences: readonly Difference[]
}

/** One for each kind and route is worth reading. */
const MOST_TOLD = 10

/** For machines. */
export function verificationJson(verification: Verification): object {
  const { compared, kinds, accepted, differences, ...facts } = verification
  return {
    agree: differences.length === 0,
    ...facts,
    requests: compared,
    answers: Object.fromEntries(kinds),
    accepted: acceptedOf(accepted),
    differences: differences.map(({ request, what, proxy, haproxy }) => ({
      what,
      route: request.route,
      request: wireOf(request.head),
      proxy,
      haproxy
    }))
  }
}

/** For people. @param front where a pasted request goes to */
export function renderVerification(verification: Verification, front: Address): readonly string[] {
  const { skipped, differences, accepted } = verification
  const told = acceptedOf(accepted).map(({ name, count, why }) => [`  ${count}`, name, why])
  const lines = [
    ...summary(verification),
    ...titled('Not asked about, since HAProxy can’t carry it:', skipped.map(skippedLine)),
    ...titled('Accepted differences:', told.length === 0 ? [] : renderColumns(told)),
    ...titled('Differences:', differenceLines(differences, front))
  ]
  return lines.map((line) => line.replace(/\p{Cc}/gu, '?'))
}

function summary({ compared, kinds, seed, routes, hosts, allHosts }: Verification): string[] {
  const sample = hosts < allHosts ? ` (a sample: ${hosts} of ${allHosts} hosts)` : ''
  const rows = [...kinds]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => [`  ${count}`, kindName(kind)])
  return [
    `${compared} requests about ${routes} routes${sample}, seed ${seed}`,
    ...renderColumns(rows)
  ]
}

/** Answers to HEAD have a status and no code. */
function kindName(kind: string): string {
  if (kind === 'answered') return 'answered by a task'
  return /^[0-9]+$/.test(kind) ? `status ${kind}` : kind
}

function titled(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines]
}

function skippedLine({ route, reason }: NotPortable): string {
  return `  ${route}: ${reason}`
}

function acceptedOf(accepted: Verification['accepted']) {
  return acceptedDifferences.flatMap(({ name, why }) => {
    const count = accepted.get(name) ?? 0
    return count === 0 ? [] : [{ name, count, why }]
  })
}

function differenceLines(differences: readonly Difference[], front: Address): string[] {
  const kinds = new Map<string, Difference[]>()
  for (const one of differences) {
    const kind = `${one.what} ${one.request.route}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), one])
  }
  const all = [...kinds.values()]
  const lines = all.slice(0, MOST_TOLD).flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const more = others.length === 0 ? [] : [`  and ${others.length} more of this kind`]
    return [...describeDifference(first, front).split('\n'), ...more]
  })
  const untold = all.slice(MOST_TOLD).reduce((sum, own) => sum + own.length, 0)
  return untold === 0 ? lines : [...lines, `and ${untold} more of other kinds`]
}
