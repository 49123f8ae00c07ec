import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  normaliseHost,
  normaliseHostPattern,
  wildcardOf
} from '../../../src/gateway/model/hosts.ts'

const requests: readonly (readonly [raw: string, expected: string | undefined])[] = [
  ['myapp.local', 'myapp.local'],
  ['MyApp.LOCAL', 'myapp.local'],
  ['myapp.local:8888', 'myapp.local'],
  ['myapp.local.', 'myapp.local'],
  ['myapp.local.:80', 'myapp.local'],
  ['localhost', 'localhost'],
  ['my_app.local', 'my_app.local'],
  ['__proto__', '__proto__'],
  ['127.0.0.1:80', '127.0.0.1'],
  ['[::1]', '[::1]'],
  ['[0:0:0:0:0:0:0:1]:8888', '[::1]'],
  ['[2001:DB8::A]', '[2001:db8::a]'],
  [`${'a'.repeat(63)}.test`, `${'a'.repeat(63)}.test`],
  ['', undefined],
  ['.', undefined],
  ['.local', undefined],
  ['a..local', undefined],
  ['a.local..', undefined],
  [`${'a'.repeat(64)}.test`, undefined],
  [`${'a.'.repeat(127)}b`, undefined],
  ['a b', undefined],
  [' a', undefined],
  ['a,b', undefined],
  ['u:p@a', undefined],
  ['u@a', undefined],
  ['a/b', undefined],
  ['a?b', undefined],
  ['a%00b', undefined],
  ['a\tb', undefined],
  ['a\0b', undefined],
  ['app\u00ff.test', undefined],
  ['bücher.example', undefined],
  ['*.test', undefined],
  ['a:99999', undefined],
  ['a:80:81', undefined],
  ['a:', undefined],
  ['a:8a', undefined],
  [':80', undefined],
  ['[::1', undefined],
  ['[::1]x', undefined],
  ['[::1]:', undefined],
  ['[::1]:70000', undefined],
  ['[fe80::1%eth0]', undefined],
  ['[127.0.0.1]', undefined],
  ['::1', undefined]
]

for (const [raw, expected] of requests) {
  test(`normaliseHost: ${JSON.stringify(raw.slice(0, 70))} is ${expected?.slice(0, 70)}`, () =>
    assert.equal(normaliseHost(raw), expected))
}

const patterns: readonly (readonly [raw: string, expected: string | undefined])[] = [
  ['*.Example.com', '*.example.com'],
  ['*.example.com.', '*.example.com'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.bücher.example', '*.xn--bcher-kva.example'],
  ['BÜCHER.example:80', 'xn--bcher-kva.example'],
  ['[::1]', '[::1]'],
  ['*', undefined],
  ['*.', undefined],
  ['*.*.example.com', undefined],
  ['a.*.example.com', undefined],
  ['*.[::1]', undefined],
  ['exa mple.com', undefined],
  ['ex\u0000ä.com', undefined]
]

for (const [raw, expected] of patterns) {
  test(`normaliseHostPattern: ${JSON.stringify(raw)} is ${expected}`, () =>
    assert.equal(normaliseHostPattern(raw), expected))
}

test('wildcardOf: stands for exactly one DNS label', () => {
  assert.equal(wildcardOf('a.example.com'), '*.example.com')
  assert.equal(wildcardOf('a.b.example.com'), '*.b.example.com')
  assert.equal(wildcardOf('localhost'), undefined)
  assert.equal(wildcardOf('[::1]'), undefined)
})

test('normaliseHost: never throws, and its result is its own normal form', () => {
  const host = fc.oneof(
    fc.string(),
    fc.domain(),
    fc.ipV6().map((ip) => `[${ip}]`),
    fc.ipV4()
  )
  fc.assert(
    fc.property(host, fc.constantFrom('', '.', ':80', '.:8080'), (name, rest) => {
      for (const normalise of [normaliseHost, normaliseHostPattern]) {
        const once = normalise(name + rest)
        if (once !== undefined) assert.equal(normalise(once), once)
      }
    })
  )
})

test('normaliseHost: every domain name is a host, whatever its case', () => {
  fc.assert(
    fc.property(fc.domain(), (name) => {
      assert.equal(normaliseHost(name.toUpperCase()), name.toLowerCase())
    })
  )
})
