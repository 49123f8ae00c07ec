import { type MicroCase, time } from './micro-case.ts'
import { parseCases } from './parse.ts'
import { pickCases } from './pick.ts'
import { resolveCases } from './resolve.ts'
import { bytesPerTask, tableCases } from './table.ts'

/**
 * `npm run bench:micro -- [part …] [--apps N] [--tasks N]`: time of the parts that every request or
 * change goes through, one by one. Ends with 1 when a promise isn't kept.
 */
const APPS = numberOf('--apps', 10_000)
const TASKS = numberOf('--tasks', 10)
const MOST_BYTES_PER_TASK = 1024

const parts: Readonly<Record<string, () => MicroCase[]>> = {
  resolve: resolveCases,
  pick: pickCases,
  parse: parseCases,
  table: () => tableCases(APPS, TASKS)
}

const wanted = process.argv.slice(2).filter((word) => word in parts)
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

function numberOf(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag)
  const value = at < 0 ? otherwise : Number(process.argv[at + 1])
  if (Number.isInteger(value) && value > 0 && value <= 1_000_000) return value
  console.error(`${flag}: expected a whole number from 1 to 1000000`)
  process.exit(2)
}
