import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { wholeNumber } from '../../bench/read-words.ts'

const REFUSED = [
  [
    'test/long/soak.ts',
    ['--requests', '2.55'],
    /^--requests 2\.55: expected a whole number from 1/
  ],
  ['test/long/chaos.ts', ['0'], /^changes 0: expected a whole number from 1/],
  ['test/long/chaos.ts', ['--lane', 'both'], /^--lane both: expected wire or full\n$/],
  ['test/long/fuzz-front-door.ts', ['--lane', 'b'], /^--lane b: expected wire or full or both\n$/],
  ['test/long/haproxy-changes.ts', ['--sed', '1'], /^Unknown option '--sed'/],
  ['bench/start-from-state.ts', ['0'], /^starts 0: expected a whole number from 1/],
  ['bench/large-cluster.ts', ['--apps', 'many'], /^--apps many: expected a whole number from 1/],
  [
    'bench/event-to-effect.ts',
    ['--plane', 'x'],
    /^--plane x: expected proxy or haproxy or both\n$/
  ],
  ['bench/micro/main.ts', ['tabel'], /^part tabel: expected resolve or pick or parse or table\n$/]
] as const

const ROOT = join(import.meta.dirname, '../..')

function run(script: string, words: readonly string[]) {
  const program = ['--import', 'tsx', join(ROOT, script), ...words]
  return spawnSync(process.execPath, program, { cwd: ROOT, encoding: 'utf8' })
}

for (const [script, words, sentence] of REFUSED) {
  test(`${script} ${words.join(' ')}: one sentence, and exit code 2`, () => {
    const { status, stderr, stdout } = run(script, words)
    assert.match(stderr, sentence)
    assert.doesNotMatch(stderr, /^ +at /m)
    assert.deepEqual([status, stdout], [2, ''])
  })
}

test('what a script does, and how it is called, is told for --help', () => {
  const { status, stderr, stdout } = run('test/long/chaos.ts', ['300', '--help'])
  assert.match(stdout, /npm run chaos -- \[changes\]/)
  assert.deepEqual([status, stderr], [0, ''])
})

test('numbers may be written with an exponent', () => {
  assert.equal(wholeNumber('n', '1e6'), 1_000_000)
  assert.equal(wholeNumber('n', '2.5e6'), 2_500_000)
  assert.equal(wholeNumber('n', '0', 0), 0)
})
