import { writeFileSync } from 'node:fs'
import { oneOf, readWords, wholeNumber } from '../../bench/read-words.ts'
import { defectsOf, defectText, reportText } from './chaos/report.ts'
import { runChaos } from './chaos/run-chaos.ts'
import type { RunRecord } from './chaos/run-record.ts'
import { timelineSvg } from './chaos/timeline.ts'

const PROGRESS_EVERY_MS = 10_000
/** While it runs; the report has some as well. */
const SHOWN_DEFECTS = 50

const HELP = `Is any request lost while everything about the cluster changes?

  npm run chaos -- [changes] [--seed N] [--lane wire|full] [--rate N] [--pace N] [--report FILE]

--report writes the table to FILE and a timeline beside it, FILE.svg. Starts a local Marathon with real
tasks and the built gateway; asks all the time; scales, deploys, restarts and kills, loses agents, and
takes Marathon away. A change is one task started or ended. Exit code 1 when a request failed that the
death of its task does not excuse. See docs/chaos.md.
`

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    lane: { type: 'string', default: 'wire' },
    rate: { type: 'string', default: '1100' },
    pace: { type: 'string', default: '4' },
    report: { type: 'string' }
  }
})
const changes = wholeNumber('changes', positionals[0] ?? '1000')
const lane = oneOf('--lane', values.lane, ['wire', 'full'])

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

let shown = 0
let showing: NodeJS.Timeout | undefined
const record = await runChaos({
  ...{ changes, lane },
  seed: wholeNumber('--seed', values.seed),
  rate: wholeNumber('--rate', values.rate),
  pace: wholeNumber('--pace', values.pace),
  loadProcesses: 2,
  webSockets: 40,
  onBegin: (begun) => {
    showing = setInterval(() => showProgress(begun), PROGRESS_EVERY_MS)
  },
  onDefect: (failure) => {
    if (shown++ < SHOWN_DEFECTS) process.stderr.write(`${defectText(failure).join('\n')}\n\n`)
  },
  signal: stop.signal
}).finally(() => clearInterval(showing))

const text = reportText(record)
process.stdout.write(`${text}\n`)
if (values.report !== undefined) {
  writeFileSync(values.report, `${text}\n`)
  writeFileSync(`${values.report}.svg`, timelineSvg(record))
}
const defects = defectsOf(record)
process.stderr.write(`\n${defects.length === 0 ? 'all is well' : defects.join('; ')}\n`)
if (defects.length > 0) process.exitCode = 1

function showProgress({ seconds, made, failures, bare, timeline, deeds }: RunRecord): void {
  const rate = timeline.at(-2)?.requests ?? 0
  process.stderr.write(
    `${seconds.toFixed(0)} s: ${made} of ${changes} changes, ${deeds.length} deeds, ${rate} requests/s, ${failures} failures, ${bare} without an excuse\n`
  )
}
