import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { commandsOf, fillMapCommands } from '../../../../src/plugins/haproxy/apply/commands.ts'
import {
  encodeCommand,
  UnsafeWordError
} from '../../../../src/plugins/haproxy/apply/runtime-command.ts'
import type { Step } from '../../../../src/plugins/haproxy/apply/step.ts'

const bad = [
  'a; disable server rr/t1',
  'a;b',
  'a#b',
  'a<b',
  'a\ndel server x/y',
  'a\r',
  '',
  ' ',
  'a b',
  'a\\',
  '"a"',
  "'a",
  '<<',
  '#1',
  'a\u00a0b',
  'ä',
  '\0',
  'x'.repeat(2_001)
]

describe('a word for HAProxy’s socket', () => {
  for (const word of bad) {
    test(`is refused: ${JSON.stringify(word.slice(0, 40))}`, () => {
      assert.throws(() => encodeCommand({ words: ['show', word] }), UnsafeWordError)
      assert.throws(
        () => encodeCommand({ words: ['add'], payload: [[word, 'v']] }),
        UnsafeWordError
      )
      assert.throws(
        () => encodeCommand({ words: ['add'], payload: [['k', word]] }),
        UnsafeWordError
      )
    })
  }

  test('may be what hosts, paths, addresses and settings are made of', () => {
    const words = ['set', 'map', '/run/a.map', '*.a.test/b~c/(d)!$&,=:@%2F', '[::1]:80', '50%']
    assert.equal(encodeCommand({ words }), words.join(' '))
  })

  test('a payload ends with an empty line', () => {
    const payload = [['k', 'v']] as const
    assert.equal(
      encodeCommand({ words: ['add', 'map', '@1', 'f'], payload }),
      'add map @1 f <<\nk v\n'
    )
  })
})

/** Strings that look like trouble more often than random ones. */
const foreign = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(...bad, 'a', 'app', '127.0.0.1'),
  fc.tuple(fc.constantFrom('a', 'b/c'), fc.constantFrom(...bad)).map((parts) => parts.join(''))
)
const number = fc.integer({ min: -1, max: 70_000 })
const pairs = fc.array(fc.tuple(foreign, foreign), { maxLength: 3 })
const steps: fc.Arbitrary<Exclude<Step, { do: 'replace-map' }>> = fc.oneof(
  fc.record({
    do: fc.constant('add-backend' as const),
    backend: foreign,
    defaults: foreign,
    mode: fc.constantFrom('http' as const, 'tcp' as const)
  }),
  fc.record({
    do: fc.constant('add-server' as const),
    backend: foreign,
    server: fc.record({
      name: foreign,
      address: foreign,
      port: number,
      weight: number,
      backup: fc.boolean()
    }),
    words: fc.array(foreign, { maxLength: 3 })
  }),
  fc.record({
    do: fc.constant('set-weight' as const),
    backend: foreign,
    server: foreign,
    weight: number
  }),
  fc.record({
    do: fc.constant('set-address' as const),
    backend: foreign,
    server: foreign,
    address: foreign,
    port: number
  }),
  fc.record({
    do: fc.constantFrom('leave' as const, 'ready' as const),
    backend: foreign,
    server: foreign
  }),
  fc.record({
    do: fc.constant('change-map' as const),
    map: foreign,
    add: pairs,
    set: pairs,
    del: fc.array(foreign, { maxLength: 3 })
  })
)

test('whatever a step says, no command holds a separator', () => {
  fc.assert(
    fc.property(steps, (step) => {
      for (const text of encodedOrRefused(() => commandsOf(step, '/run/gateway'))) {
        assert.match(text, /^[\x21-\x7e]+( [\x21-\x7e]+)*$/)
        assert.doesNotMatch(text, /[;\\"'<#\n\r]/)
      }
    }),
    { numRuns: 2_000 }
  )
})

test('whatever a map holds, its payload has one line for each entry', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(foreign, foreign), { maxLength: 5 }), (entries) => {
      const texts = encodedOrRefused(() => fillMapCommands('/run', 'routes.map', '1', entries))
      if (texts.length === 0) return
      const lines = texts.flatMap((text) => text.split('\n').slice(1, -1))
      assert.equal(lines.length, entries.length)
      for (const entry of lines) assert.match(entry, /^[^;\s\\"'<#]+ [^;\s\\"'<#]+$/)
    }),
    { numRuns: 2_000 }
  )
})

function encodedOrRefused(make: () => ReturnType<typeof commandsOf>): string[] {
  try {
    return make().map((command) => encodeCommand(command))
  } catch (error) {
    assert.ok(error instanceof UnsafeWordError, String(error))
    return []
  }
}
