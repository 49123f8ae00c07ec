import { oneOf, readWords, wholeNumber } from '../../bench/read-words.ts'
import { growthOf, type Measure } from './soak/growth.ts'
import { runSoak } from './soak/run-soak.ts'

const GOAL = 0.05
const SAMPLE_EVERY_MS = 5_000
const MB = 1024 * 1024

const HELP = `Does the gateway hold more and more?

  npm run soak -- [--requests 1e7] [--changes 1e5] [--pace N] [--rate N] [--lane wire|full]

Tasks are made up, 20 apps that grow and shrink all the time; clients ask as fast as they are answered, unless --rate
says otherwise. The gateway is sampled after collections of its garbage. Exit code 1 when what it holds, or
its descriptors, have grown by more than 5 % from the second quarter to the last, or a request failed.
`

const { values } = readWords(HELP, {
  options: {
    requests: { type: 'string', default: '1e7' },
    changes: { type: 'string', default: '1e5' },
    pace: { type: 'string', default: '80' },
    rate: { type: 'string', default: '0' },
    lane: { type: 'string', default: 'wire' }
  }
})
const lane = oneOf('--lane', values.lane, ['wire', 'full'])

const soak = await runSoak({
  lane,
  requests: wholeNumber('--requests', values.requests),
  changes: wholeNumber('--changes', values.changes),
  pace: wholeNumber('--pace', values.pace),
  rate: wholeNumber('--rate', values.rate, 0),
  sampleEveryMs: SAMPLE_EVERY_MS,
  onSample: ({ progress, rss, held, descriptors }, { requests, changes, faults }) =>
    void process.stderr.write(
      `${(100 * progress).toFixed(1)} %: ${requests} requests, ${changes} changes, ${faults} faults; held ${mb(held)}, resident ${mb(rss)}, ${descriptors} descriptors\n`
    )
})

const { requests, changes, faults, lastFault, seconds, samples } = soak
const growths = (['held', 'rss', 'descriptors'] as const).map((one) => growthOf(samples, one))
const lines = [
  `${requests} requests (${Math.round(requests / seconds)}/s), ${changes} changes (${Math.round(changes / seconds)}/s) in ${Math.round(seconds)} s, ${faults} faults ${lastFault ?? ''}`,
  'after collection     second quarter   last quarter    growth',
  ...growths.map(({ measure, early, late, share }) =>
    [
      measure.padEnd(18),
      textOf(measure, early).padStart(17),
      textOf(measure, late).padStart(15),
      `${(100 * share).toFixed(1)} %`.padStart(10)
    ].join('')
  )
]
process.stdout.write(`${lines.join('\n')}\n`)
// What the system counts as resident also depends on what the allocator gives back.
const tooMuch = growths.filter(({ measure, share }) => measure !== 'rss' && share > GOAL)
if (tooMuch.length > 0 || faults > 0) process.exitCode = 1

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`
}

function textOf(measure: Measure, value: number): string {
  return measure === 'descriptors' ? String(value) : mb(value)
}
