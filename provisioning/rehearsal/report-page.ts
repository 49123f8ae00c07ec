import type { Attempt, ReportData, StepKind, StepRecord } from './report.ts'

/** Whether everything that was to be done was done and held. */
export function succeeded(data: ReportData, { skipsFail }: { skipsFail: boolean }): boolean {
  const bad = skipsFail ? ['failed', 'skipped'] : ['failed']
  return (
    data.steps.every(({ outcome }) => !bad.includes(outcome)) &&
    data.attempts.every(({ held }) => held)
  )
}

const meanings = {
  static: 'looks at files only',
  real: 'the real software in booted machines',
  'stand-in': 'something stood in the place of software that can not be had'
} satisfies Record<StepKind, string>

/** The report as a page of Markdown. */
export function reportPage(
  data: ReportData,
  { date, seconds }: { date: Date; seconds: number }
): string {
  const passed = data.steps.filter(({ outcome }) => outcome === 'passed').length
  return [
    '# Rehearsal of the cluster',
    `${date.toISOString()}: ${passed} of ${data.steps.length} steps passed in ${seconds.toFixed(0)} s.`,
    table(['Step', 'Kind', 'Outcome', 'Seconds'], data.steps.map(stepRow)),
    Object.entries(meanings)
      .map(([kind, meaning]) => `- ${kind}: ${meaning}`)
      .join('\n'),
    ...section(
      'What stood in',
      ['In the place of', 'Stood'],
      data.standIns.map(({ what, by }) => [what, by])
    ),
    ...section(
      'Tried and refused',
      ['Tried', 'From', 'Expected', 'Got', 'Held'],
      data.attempts.map(attemptRow)
    ),
    ...details(data.steps)
  ]
    .join('\n\n')
    .concat('\n')
}

function stepRow({ name, kind, outcome, seconds }: StepRecord): string[] {
  return [name, kind, outcome, seconds.toFixed(1)]
}

function attemptRow({ tried, from, expected, got, held }: Attempt): string[] {
  return [tried, from, expected, got, held ? 'yes' : '**no**']
}

function section(title: string, head: readonly string[], rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : [`## ${title}`, table(head, rows)]
}

function details(steps: readonly StepRecord[]): string[] {
  const said = steps.filter(({ detail }) => detail !== '')
  if (said.length === 0) return []
  return ['## Details', ...said.map(({ name, detail }) => `**${name}**\n\n${indented(detail)}`)]
}

function indented(text: string): string {
  return text.trim().replaceAll(/^/gm, '    ')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map(cell).join(' | ')} |`)
    .join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}

/** The security table for the terminal. */
export function attemptLines(attempts: readonly Attempt[]): string[] {
  return attempts.map(
    ({ tried, from, expected, got, held }) =>
      `${held ? 'held  ' : 'BROKEN'}  ${tried}, from ${from}: ${got}${held ? '' : ` instead of ${expected}`}`
  )
}
