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
    good: ['10.0.0.0/8', '::/0', '2001:db8::1/128'],
    bad: ['', 'a', '10.0.0.0/8/8', '-f', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/']
  },
  isRealm: {
    is: words.isRealm,
    good: ['shop', 'a-b.c_d'],
    bad: ['', '-a', 'a,b', 'a=b', '%[src]']
  },
  isUserName: {
    is: words.isUserName,
    good: ['ann', 'a.b@c', '-', '_+'],
    bad: ['', 'a:b', 'a,b', '@folder@', 'a'.repeat(65)]
  },
  isPasswordHash: {
    is: words.isPasswordHash,
    good: ['$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
    bad: [
      ...['', 'secret', '$1$ab$Fmz8t/0UXbTRYQ9CpnPTF.', '$5$a$', '$6$rounds=1000$a$b'],
      '$5$rounds=01000$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
    ]
  },
  isHost: {
    is: words.isHost,
    good: ['a.test', '*.a.test', 'a_b-c.test:8080', '[2001:db8::1]', '[::1]:80'],
    bad: ['', '*', 'a..b', '.a', 'a.', '%[src]', '[', '[]', 'a:', 'a:b', 'a,b', 'a'.repeat(300)]
  },
  isQuotedPath: {
    is: words.isQuotedPath,
    good: ['/', '/a/b', '/gr%C3%B6%C3%9Fe', '/a~b!$&()*+,=:@x'],
    bad: ['', 'a', '/a?b', '/a[b]', '/a|b', `/${'a'.repeat(600)}`]
  },
  isQuotedTarget: {
    is: words.isQuotedTarget,
    good: ['/a', '/a?b=%20&c=/d', '/?'],
    bad: ['', 'a', '//a', '//a.test/', 'http://a.test/', '/a[b]']
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
