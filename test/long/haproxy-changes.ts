import { oneOrBoth, readWords, wholeNumber } from '../../bench/read-words.ts'
import { faultsOf, type Report, reportText } from './changes/report.ts'
import { runChanges } from './changes/run-changes.ts'
import type { RunRecord } from './changes/run-record.ts'

const GOAL_MS = 100

const HELP = `HAProxy under constant load and constant change: does anything break?

  npm run soak:haproxy -- [changes] [--seed N] [--at-once N] [--plane haproxy|proxy|both] [--json]

Starts a local Marathon with the sample app, and the gateway; asks all the time, by kept and by fresh
connections and by one WebSocket; and makes the changes that the seed says. both (the default) shows
afterwards what the proxy plane makes of the same changes. Exit code 1 when something is off.
`

/** Of each number. */
const LARGEST = 9_999_999

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    'at-once': { type: 'string', default: '4' },
    plane: { type: 'string', default: 'both' },
    json: { type: 'boolean', default: false }
  }
})
const changes = wholeNumber('changes', positionals[0] ?? '2000', 1, LARGEST)
const seed = wholeNumber('--seed', values.seed, 1, LARGEST)
const atOnce = wholeNumber('--at-once', values['at-once'], 1, LARGEST)
const say = (line: string) => process.stderr.write(`${line}\n`)

const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('stopped')))
process.once('SIGTERM', () => stop.abort(new Error('stopped')))

const reports: Report[] = []
for (const plane of oneOrBoth('--plane', values.plane, ['haproxy', 'proxy'])) {
  let stopShowing = (): void => undefined
  const clients = { 'keep-alive': 6, fresh: 2, patient: 4 }
  const report = await runChanges({
    plane,
    changes,
    seed,
    atOnce,
    clients,
    tell: (line) => say(`${plane}: ${line}…`),
    signal: stop.signal,
    onBegin: (record) => {
      stopShowing = showProgress(record)
    }
  })
    .catch(leaveWhenStopped)
    .finally(() => stopShowing())
  reports.push(report)
  if (!values.json) process.stdout.write(`${reportText(report)}\n`)
}

const verdicts = reports.map((report) => ({
  ...report,
  faults: [...faultsOf(report), ...late(report)]
}))
if (values.json) process.stdout.write(`${JSON.stringify(verdicts, null, 2)}\n`)
for (const { plane, faults } of verdicts) {
  say(`\n${plane}: ${faults.length === 0 ? 'all is well' : faults.join('; ')}`)
  if (faults.length > 0) process.exitCode = 1
}

/** What was started is stopped by then; a stack trace would tell nothing. */
function leaveWhenStopped(error: unknown): never {
  if (!stop.signal.aborted) throw error
  say('stopped')
  process.exit(130)
}

/** One line a second that is written over, where somebody looks; a line a minute elsewhere. */
function showProgress(record: RunRecord): () => void {
  const [before, after, everyMs] = process.stderr.isTTY ? ['\r', '  ', 1_000] : ['', '\n', 60_000]
  const show = () => {
    const { made, underWay, failures, reloads } = record
    process.stderr.write(
      `${before}${made} of ${changes} changes, ${underWay().length} under way, ${failures.length} failures, ${reloads.length} reloads${after}`
    )
  }
  const timer = setInterval(show, everyMs)
  return () => {
    clearInterval(timer)
    show()
  }
}

function late({ effectMs: { came, went } }: Report): string[] {
  const slow = [came, went].filter(({ p99 }) => p99 >= GOAL_MS)
  return slow.map(({ p99 }) => `p99 from event to effect is ${p99} ms, the goal ${GOAL_MS} ms`)
}
