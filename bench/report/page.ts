import type { Comparison } from '../comparison.ts'
import { type Outcome, outcomesOf } from '../goals.ts'
import { describeHost } from '../host-facts.ts'
import type { Plot } from './plots.ts'
import { tableOf } from './text-table.ts'

const BEGIN = '<!-- measured: written by npm run bench -- --page -->'
const END = '<!-- measured: end -->'

/**
 * Puts what was measured into the page, between its two marks; what stands around them was written by
 * hand and stays.
 *
 * @throws Error when the marks aren't there
 */
export function replaceMeasured(page: string, measured: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`the page lacks the lines ${BEGIN} and ${END}`)
  return `${page.slice(0, begin + BEGIN.length)}\n\n${measured}\n${page.slice(end)}`
}

/** The measured part of the page, in Markdown. */
export function renderMeasured(comparison: Comparison, plots: readonly Plot[]): string {
  const { takenAt, host, result, peers, missing } = comparison
  const versions = peers
    .filter(({ peer }) => peer.kind !== 'direct')
    .map(({ peer, version }) => `${peer.name} ${version}`)
  const absent =
    missing.length === 0 ? '' : ` Not installed, so not measured: ${missing.join(', ')}.`
  return [
    `Taken on ${takenAt}: ${describeHost(host, result)}`,
    '',
    `${versions.join(', ')}.${absent}`,
    '',
    ...refusedLines(comparison),
    '## What was promised',
    '',
    ...goalLines(outcomesOf(result.samples)),
    '',
    ...plots.flatMap(({ file, title }) => [`![${title}](benchmarks/${file})`, '']),
    '## Every figure',
    '',
    ...scenarioLines(comparison),
    '## How each is set up',
    '',
    '| | settings |',
    '|---|---|',
    ...peers.map(({ peer }) => `| ${peer.name} | ${peer.tuning} |`),
    ''
  ].join('\n')
}

function goalLines(outcomes: readonly Outcome[]): string[] {
  const rows = outcomes.map(({ goal, found, limit, reached }) => {
    const verdict = reached === undefined ? 'not measured' : reached ? 'reached' : '**missed**'
    return `| ${goal} | ${limit} | ${found === undefined ? '–' : found.toFixed(2)} | ${verdict} |`
  })
  return ['| | promised | found | |', '|---|---|---|---|', ...rows]
}

function scenarioLines({ scenarios, summaries, peers }: Comparison): string[] {
  const nameOf = (id: string) => peers.find(({ peer }) => peer.id === id)?.peer.name ?? id
  return scenarios.flatMap((scenario) => {
    const { titles, rows } = tableOf(summaries, scenario)
    if (rows.length === 0) return []
    return [
      `### ${scenario.title}`,
      '',
      `| | ${titles.join(' | ')} |`,
      `|---|${titles.map(() => '---:|').join('')}`,
      ...rows.map(({ peer, cells }) => `| ${nameOf(peer)} | ${cells.join(' | ')} |`),
      ''
    ]
  })
}

function refusedLines({ result, peers, leftOut }: Comparison): string[] {
  const nameOf = (id: string) => peers.find(({ peer }) => peer.id === id)?.peer.name ?? id
  const lines = [
    ...leftOut,
    ...result.refused.map(
      ({ peer, reasons }) => `${nameOf(peer)} was not timed: ${reasons.join('; ')}.`
    ),
    ...result.omissions.map(
      ({ peer, scenario, reason }) => `${nameOf(peer)} has no figure for “${scenario}”: ${reason}.`
    )
  ]
  return lines.flatMap((line) => [line, ''])
}
