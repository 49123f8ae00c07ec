import { type GoodResult, together } from './good-clients.ts'
import type { PhaseResult, SlowClientReport } from './run-slow-clients.ts'

const KIB = 1024
const MIB = 1024 * 1024
/** Of all connections that send heads slowly or nothing. */
const MOST_GROWTH_OF_HEADS = 150 * MIB
/** Of each connection with a slow body or reader. */
const MOST_GROWTH_OF_BODY = 256 * KIB
const WORST_RATIO = 2

/** What must not be. */
export function faultsOf({ base, phases }: SlowClientReport): readonly string[] {
  const faults: string[] = []
  if (base.failures.size > 0) faults.push(`alone: good requests failed: ${failedText(base)}`)
  for (const phase of phases) {
    const { name, atFirst, good, growth } = phase
    const both = together([atFirst, good])
    if (both.failures.size > 0) faults.push(`${name}: good requests failed: ${failedText(both)}`)
    if (good.p99 > base.p99 * WORST_RATIO) {
      faults.push(`${name}: p99 is ${times(good, base)} that without attackers`)
    }
    if (growth > mostGrowth(phase)) faults.push(`${name}: memory grew by ${mib(growth)}`)
  }
  return faults
}

export function mostGrowth({ name, attackers }: PhaseResult): number {
  return name === 'heads and idle' ? MOST_GROWTH_OF_HEADS : attackers * MOST_GROWTH_OF_BODY
}

export function reportText(report: SlowClientReport): string {
  const { lane, base, phases } = report
  const faults = faultsOf(report)
  return [
    `${lane} lane`,
    `  good clients alone: ${base.requests} requests, p50 ${ms(base.p50)}, p99 ${ms(base.p99)}`,
    ...phases.flatMap((phase) => phaseLines(phase, base)),
    faults.length === 0 ? '  nothing is off' : '  OFF:',
    ...faults.map((fault) => `    ${fault}`)
  ].join('\n')
}

function phaseLines(phase: PhaseResult, base: GoodResult): string[] {
  const { name, attackers, ended, longest, atFirst, good, elsewhere, growth } = phase
  const each = attackers === 0 ? 0 : growth / attackers
  const held = Object.entries(longest).map(
    ([kind, time]) => `${kind} ${(time / 1000).toFixed(1)} s`
  )
  return [
    `  ${name}: ${attackers} attackers at once, ${ended} were ended, at the latest after ${held.join(', ')}`,
    `    good clients at first: ${goodText(atFirst)}`,
    `    good clients then: ${goodText(good)}`,
    `    with the same attackers elsewhere: p50 ${ms(elsewhere.p50)}, p99 ${ms(elsewhere.p99)}: this is ${times(good, elsewhere)}, and ${times(good, base)} that alone`,
    `    memory: ${mib(growth)} more, ${(each / KIB).toFixed(1)} KiB for each attacker`
  ]
}

function failedText({ failures }: GoodResult): string {
  return [...failures].map(([what, count]) => `${count} × ${what}`).join(', ')
}

function goodText({ requests, failures, p50, p99 }: GoodResult): string {
  const failed = [...failures.values()].reduce((sum, count) => sum + count, 0)
  return `${requests} requests, ${failed} failed, p50 ${ms(p50)}, p99 ${ms(p99)}`
}

function times(one: GoodResult, other: GoodResult): string {
  return `${(one.p99 / other.p99).toFixed(1)} ×`
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(0)} MiB`
}
