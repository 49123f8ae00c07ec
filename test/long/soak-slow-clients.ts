import { execFileSync } from 'node:child_process'
import { canPin, splitCores } from '../../bench/cores.ts'
import { oneOrBoth, readWords, wholeNumber } from '../../bench/read-words.ts'
import { faultsOf, reportText } from './slow-clients/report.ts'
import { runSlowClients } from './slow-clients/run-slow-clients.ts'

const HELP = `Good clients beside thousands of slow ones, at one app: do they notice?

  npm run soak:slow-clients -- [--heads N] [--bodies N] [--rate N] [--seconds N] [--lane wire|full|both]

First 10,000 clients that send their heads slowly, or nothing; then 4,000 that send bodies or take answers
slowly; each from an address of its own on the loopback network, and back as soon as it is sent away. Good ones
ask at a constant rate. Exit code 1 when one of them failed, when their p99 is more than twice that without
attackers once the attack has lasted (what it is at first is told, too), or when memory grew by more than 150 MiB
for heads, or 256 KiB for each body or reader. All share one machine, the gateway on its first core and all else on the
others where taskset(1) is there: what good clients have with the same attackers at another server, in the gateway's
place, is told, too. Takes about 11,000 open files in each process: ulimit -Hn has to allow that.
`

/** Of each number. */
const LARGEST = 9_999_999

const { values } = readWords(HELP, {
  options: {
    heads: { type: 'string', default: '10000' },
    bodies: { type: 'string', default: '4000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
    lane: { type: 'string', default: 'both' }
  }
})

/** As in `npm run bench`: attackers, tasks and good clients would be at machines of their own. */
const cores = canPin() ? splitCores(1) : {}
if (cores.rest !== undefined) {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores.rest, `${process.pid}`])
}

for (const lane of oneOrBoth('--lane', values.lane, ['wire', 'full'])) {
  const report = await runSlowClients({
    lane,
    cores,
    heads: wholeNumber('--heads', values.heads, 1, LARGEST),
    bodies: wholeNumber('--bodies', values.bodies, 1, LARGEST),
    perSecond: wholeNumber('--rate', values.rate, 1, LARGEST),
    measureMs: wholeNumber('--seconds', values.seconds, 1, LARGEST) * 1000,
    warmMs: 30_000,
    rampMs: 120_000,
    settleMs: 8000,
    tell: (line) => process.stderr.write(`${lane} lane: ${line}…\n`)
  })
  process.stdout.write(`${reportText(report)}\n`)
  if (faultsOf(report).length > 0) process.exitCode = 1
}
