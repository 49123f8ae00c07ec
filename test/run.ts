import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

/**
 * Runs the suite: every `*.test.ts` below this folder, or those whose path holds one of the words
 * given (`npm test -- config cli`). Ends with what was skipped and why, and one line of numbers. In
 * CI (`CI=true`) a skipped test is a failure.
 */

/** A file that takes longer hangs: it is ended and counts as failed. */
const FILE_LIMIT_MS = 600_000
/** Files mostly wait for sockets and processes of their own. */
const FILES_AT_ONCE = 2

interface Ended {
  readonly name: string
  readonly file?: string
  readonly skip?: string | boolean
  readonly details?: { readonly type?: string }
}

const files = testFiles(process.argv.slice(2))
const isCi = process.env['CI'] === 'true'
const skipped: Ended[] = []
let passed = 0
let failed = 0

const tests = run({ files, concurrency: FILES_AT_ONCE, timeout: FILE_LIMIT_MS })
tests.on('test:pass', (ended: Ended) => {
  if (ended.skip !== undefined && ended.skip !== false) skipped.push(ended)
  else if (ended.details?.type !== 'suite') passed += 1
})
tests.on('test:fail', (ended: Ended) => {
  if (ended.details?.type !== 'suite') failed += 1
  process.exitCode = 1
})
const report = tests.compose(new spec())
report.pipe(process.stdout, { end: false })
await finished(report)

if (skipped.length > 0) {
  console.log('\nSkipped:')
  for (const { name, skip } of skipped) {
    console.log(`  ${name}: ${typeof skip === 'string' && skip !== '' ? skip : 'no reason given'}`)
  }
  if (isCi) {
    console.log('In CI a skipped test is a failure.')
    process.exitCode = 1
  }
}
if (passed + failed === 0) {
  console.log('No test ran.')
  process.exitCode = 1
}
console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`)

function testFiles(words: readonly string[]): string[] {
  const names = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort()
  if (names.length === 0) {
    throw new Error(`no *.test.ts ${words.join(', ')} under ${import.meta.dirname}`)
  }
  return names.map((name) => join(import.meta.dirname, name))
}
