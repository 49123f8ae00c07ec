import { oneOrBoth, readWords, wholeNumber } from '../../bench/read-words.ts'
import { frontDoorOf } from './fuzz/front-door.ts'
import { faultsOf, progressText, reportText } from './fuzz/report.ts'
import { runFuzz } from './fuzz/run-fuzz.ts'

const PROGRESS_MS = 2000

const HELP = `Mutated requests against the front door, in a process of its own: does it crash, or forward what could fool a task?

  npm run fuzz:front-door -- [requests] [--seed N] [--lane wire|full|both] [--clients N] [--from N]

Each message is flipped, cut, spiced with CR, LF and NUL, and split anywhere; a plain request follows on the same
connection. What arrives at the task is read strictly, and held against what a reference reader finds
in the client's bytes. Same seed, same requests; --from 4711 with 1 request repeats case 4711. Exit
code 1 when something is off.
`

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    lane: { type: 'string', default: 'both' },
    clients: { type: 'string', default: '96' },
    from: { type: 'string', default: '0' }
  }
})
const count = wholeNumber('requests', positionals[0] ?? '20000')
const seed = wholeNumber('--seed', values.seed)
const from = wholeNumber('--from', values.from, 0)
const clients = wholeNumber('--clients', values.clients)

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

const lanes = oneOrBoth('--lane', values.lane, ['wire', 'full'])
for (const lane of lanes) {
  let told = 0
  const report = await runFuzz(frontDoorOf(lane), {
    ...{ seed, from, to: from + Math.ceil(count / lanes.length), clients, signal: stop.signal },
    onUnsafe: (reason) => process.stderr.write(`${lane} lane: UNSAFE: ${reason}\n`),
    onProgress(soFar) {
      if (performance.now() - told < PROGRESS_MS) return
      told = performance.now()
      process.stderr.write(`${lane} lane: ${progressText(soFar)}\n`)
    }
  })
  process.stdout.write(`${reportText(lane, seed, report)}\n`)
  if (faultsOf(report).length > 0 || stop.signal.aborted) process.exitCode = 1
}
