import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCommandLine } from '../../bench/command-line.ts'

test('command line: nothing said compares everything', () => {
  const options = readCommandLine([])
  assert.equal(options.mode, 'compare')
  assert.ok(options.mode === 'compare' && !options.quick && options.peers.length === 0)
})

test('command line: lists are separated by commas', () => {
  const options = readCommandLine(['--peers', 'haproxy,nginx', '--scenarios', 'small'])
  assert.ok(options.mode === 'compare')
  assert.deepEqual(options.peers, ['haproxy', 'nginx'])
  assert.deepEqual(options.scenarios, ['small'])
})

test('command line: a load test takes its Host from the address unless it is said', () => {
  const options = readCommandLine(['--url', 'http://gateway:8888/x', '--duration', '2m'])
  assert.ok(options.mode === 'load-test')
  const { host, seconds, rate, connections } = options
  assert.deepEqual(
    { host, seconds, rate, connections },
    {
      host: 'gateway:8888',
      seconds: 120,
      rate: 500,
      connections: 128
    }
  )
  const named = readCommandLine(['--url', 'http://gateway', '--host', 'myapp.local'])
  assert.ok(named.mode === 'load-test' && named.host === 'myapp.local')
})

test('command line: the help tells every option, examples and exit codes', () => {
  const help = readCommandLine(['--help'])
  assert.ok(help.mode === 'said')
  assert.equal(help.exitCode, 0)
  for (const word of ['--quick', '--page', '--url', 'Examples:', 'Exit codes:']) {
    assert.ok(help.text.includes(word), word)
  }
  assert.ok(!help.text.includes(process.cwd()))
})

const wrong = [
  { words: ['--nosuch'], says: /unknown option '--nosuch'/ },
  { words: ['small'], says: /too many arguments/ },
  { words: ['--rounds', '0'], says: /'--rounds <number>'.*whole number from 1 to 100/ },
  { words: ['--rounds', '1e1'], says: /whole number/ },
  { words: ['--rate', '5'], says: /--rate belongs to a load test/ },
  { words: ['--url', 'http://a', '--quick'], says: /--quick does not go with --url/ },
  { words: ['--url', 'ftp://a'], says: /address such as http/ },
  { words: ['--url', 'gateway:80'], says: /address such as http/ },
  { words: ['--url', 'http://a', '--duration', '5'], says: /time such as 30s/ },
  { words: ['--url', 'http://a', '--duration', '0s'], says: /time such as 30s/ },
  { words: ['--url', 'http://a', '--host', 'a b'], says: /host such as myapp\.local/ },
  { words: ['--url', 'http://a', '--host', 'a\r\nX: y'], says: /host such as/ }
]

for (const { words, says } of wrong) {
  test(`command line: ${JSON.stringify(words.join(' '))} is one sentence and code 2`, () => {
    const refusal = readCommandLine(words)
    assert.ok(refusal.mode === 'said')
    assert.equal(refusal.exitCode, 2)
    assert.match(refusal.text, says)
    assert.ok(!refusal.text.includes('\n'), refusal.text)
  })
}
