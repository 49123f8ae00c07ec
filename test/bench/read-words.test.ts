import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { wholeNumber } from './command-line.ts'

const REFUSED = [
  ['soak.ts', ['--requests', '2.55'], /^--requests 2\.55: expected a whole number from 1/],
  ['chaos.ts', ['0'], /^changes 0: expected a whole number from 1/],
  ['chaos.ts', ['--lane', 'both'], /^--lane both: expected wire or full\n$/],
  ['fuzz-front-door.ts', ['--lane', 'b'], /^--lane b: expected wire or full or both\n$/],
  ['haproxy-changes.ts', ['--sed', '1'], /^Unknown option '--sed'/]
] as const

for (const [script, words, sentence] of REFUSED) {
  test(`${script} ${words.join(' ')}: one sentence, and exit code 2`, () => {
    const file = join(import.meta.dirname, script)
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', file, ...words],
      { encoding: 'utf8' }
    )
    assert.match(stderr, sentence)
    assert.doesNotMatch(stderr, /^ +at /m)
    assert.deepEqual([status, stdout], [2, ''])
  })
}

test('numbers may be written with an exponent', () => {
  assert.equal(wholeNumber('n', '1e6'), 1_000_000)
  assert.equal(wholeNumber('n', '2.5e6'), 2_500_000)
  assert.equal(wholeNumber('n', '0', 0), 0)
})
