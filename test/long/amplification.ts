import { readWords, wholeNumber } from '../../bench/read-words.ts'
import { amplify } from './amplification/amplify.ts'

const GOAL = 1.2

const HELP = `Do repeats make an overload worse?

  npm run amplification -- [seconds] [--rate N]

Every task answers 503, resets or closes each connection, one after the other in both lanes, for seconds (60)
each. Prints how many requests tasks saw for each one of a client; exit code 1 above the goal.
`

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: { rate: { type: 'string', default: '300' } }
})
const seconds = wholeNumber('seconds', positionals[0] ?? '60')
const rate = wholeNumber('--rate', values.rate)

process.stdout.write('lane  tasks           sent    at tasks   factor\n')
for (const lane of ['wire', 'full'] as const) {
  for (const misery of ['503', 'reset', 'hangs up'] as const) {
    const run = { misery, lane, seconds, rate }
    const { sent, reached, factor } = await amplify(run)
    const cells = [
      lane.padEnd(6),
      misery.padEnd(9),
      `${sent}`.padStart(11),
      `${reached}`.padStart(12)
    ]
    process.stdout.write(`${cells.join('')}${factor.toFixed(3).padStart(9)}\n`)
    if (factor > GOAL) process.exitCode = 1
  }
}
