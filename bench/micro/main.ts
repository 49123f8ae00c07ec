import { oneOf, readWords, wholeNumber } from '../read-words.ts'
import { type MicroCase, time } from './micro-case.ts'
import { parseCases } from './parse.ts'
import { pickCases } from './pick.ts'
import { resolveCases } from './resolve.ts'
import { bytesPerTask, tableCases } from './table.ts'

const HELP = `Time of the parts that every request or change goes through, one by one.

  npm run bench:micro -- [resolve|pick|parse|table …] [--apps N] [--tasks N]

Ends with 1 when a promise isn't kept.
`

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: {
    apps: { type: 'string', default: '10000' },
    tasks: { type: 'string', default: '10' }
  }
})
const LARGEST = 1_000_000
const APPS = wholeNumber('--apps', values.apps, 1, LARGEST)
const TASKS = wholeNumber('--tasks', values.tasks, 1, LARGEST)
const MOST_BYTES_PER_TASK = 1024

const parts: Readonly<Record<string, () => MicroCase[]>> = {
  resolve: resolveCases,
  pick: pickCases,
  parse: parseCases,
  table: () => tableCases(APPS, TASKS)
}

const wanted = positionals.map((word) => oneOf('part', word, Object.keys(parts)))
console.log(`${'one operation'.padEnd(62)}${'median'.padStart(10)}  range`)
for (const [part, cases] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(part)) continue
  console.log(part === 'table' ? `\ntable of ${APPS} apps, ${APPS * TASKS} tasks` : `\n${part}`)
  for (const micro of cases()) tell(micro)
  if (part === 'table') tellMemory()
}

function tell(micro: MicroCase): void {
  const { medianNs, minNs, maxNs } = time(micro)
  const range = `${shown(minNs)} to ${shown(maxNs)}`
  const { name, mostNs } = micro
  const verdict = mostNs === undefined ? '' : verdictOf(medianNs <= mostNs, shown(mostNs))
  console.log(`  ${name.padEnd(60)}${shown(medianNs).padStart(10)}  ${range}${verdict}`)
}

function tellMemory(): void {
  if (globalThis.gc === undefined) return
  const bytes = bytesPerTask(APPS, TASKS, globalThis.gc)
  const verdict = verdictOf(bytes <= MOST_BYTES_PER_TASK, `${MOST_BYTES_PER_TASK} B`)
  console.log(
    `  ${'memory for each task'.padEnd(60)}${`${bytes.toFixed(0)} B`.padStart(10)}${verdict}`
  )
}

function verdictOf(kept: boolean, most: string): string {
  if (!kept) process.exitCode = 1
  return `  at most ${most}: ${kept ? 'kept' : 'missed'}`
}

function shown(ns: number): string {
  if (ns < 1000) return `${ns.toFixed(0)} ns`
  return ns < 1e6 ? `${(ns / 1000).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`
}
