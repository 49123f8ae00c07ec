import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as words from '../../../../src/plugins/haproxy/render/words.ts'

/** What no text may bring along, wherever it goes. */
const HOSTILE = [
  '\n',
  '\r',
  '\t',
  ' ',
  '"',
  "'",
  '\\',
  ';',
  '#',
  '{',
  '}',
  '\0',
  '\u00a0',
  '\u2028',
  'é',
  '<',
  '`'
]

const grammars: Record<
  string,
  {
    readonly is: (text: string) => boolean
    readonly good: readonly string[]
    readonly bad: readonly string[]
    /** Means nothing in the middle of this one. */
    readonly inside?: readonly string[]
  }
> = {
  isName: {
    is: words.isName,
    good: ['marathon:_shop:0', '00ff'],
    bad: ['', '-x', '?x', 'a/b', 'x'.repeat(200)]
  },
  isFieldName: {
    is: words.isFieldName,
    good: ['x-user', 'gateway-sticky'],
    bad: ['', 'a$b', '%x', '-i', 'a,b', 'a)']
  },
  isFieldValue: {
    is: words.isFieldValue,
    good: ['1', 'a/b@c', '*/*;q=0.8', 'text/html,text/plain', 'Mozilla/5.0 (X11; Linux) ~100%'],
    bad: ['', '-m', '%[src]', '$HOME', 'a, b', '@folder@', 'a@folder@', '}', 'a ', ' a', '[a]'],
    inside: [' ', ';']
  },
  isMethod: {
    is: words.isMethod,
    good: ['GET', 'M-SEARCH'],
    bad: ['', 'get', '-M', 'G'.repeat(40)]
  },
  isAppKey: { is: words.isAppKey, good: ['/shop/api', '/'], bad: ['', 'shop'] },
  isRouteKey: {
    is: words.isRouteKey,
    good: ['shop.test/', '*.shop.test/a/b/', '*/', '::1/', 'a/%2F/a~b!$&()*+,=:@/'],
    bad: ['', 'shop.test', '/a/', `a/${'b'.repeat(1500)}`]
  },
  isAddress: {
    is: words.isAddress,
    good: ['10.0.0.1', '::1'],
    bad: ['', 'agent-1', 'fe80::1%eth0', '10.0.0.1:80']
  },
  isFilePath: {
    is: words.isFilePath,
    good: ['/etc/gateway/a.pem'],
    bad: ['', 'a.pem', '/a b', '/$HOME']
  },
  isNetwork: {
    is: words.isNetwork,
    good: ['10.0.0.0/8', '::/0'],
    bad: ['', 'a', '10.0.0.0/8/8', '-f']
  }
}

for (const [name, { is, good, bad, inside = [] }] of Object.entries(grammars)) {
  test(`${name} takes what is usual`, () => {
    for (const text of good) assert.equal(is(text), true, text)
  })
  test(`${name} refuses what HAProxy gives a meaning`, () => {
    for (const text of bad) assert.equal(is(text), false, text)
    for (const text of good) {
      for (const hostile of HOSTILE) {
        const around = [`${text}${hostile}`, `${hostile}${text}`]
        const within = inside.includes(hostile) ? [] : [`${text}${hostile}${text}`]
        for (const spoilt of [...around, ...within]) {
          assert.equal(is(spoilt), false, JSON.stringify(spoilt))
        }
      }
    }
  })
}

test('isPort takes 1 to 65535', () => {
  assert.deepEqual([1, 80, 65_535].map(words.isPort), [true, true, true])
  assert.deepEqual([0, -1, 65_536, 1.5, Number.NaN].map(words.isPort), [
    false,
    false,
    false,
    false,
    false
  ])
})
