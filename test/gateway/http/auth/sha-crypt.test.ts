import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { verifyShaCrypt } from '../../../../src/gateway/http/auth/sha-crypt.ts'

/** As crypt(3) of glibc makes them. */
const vectors: readonly (readonly [name: string, password: string, hash: string])[] = [
  ['SHA-256', 'Hello world!', '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'],
  [
    'SHA-512',
    'Hello world!',
    '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1'
  ],
  [
    'rounds and the longest salt',
    'Hello world!',
    '$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.'
  ],
  [
    'no password',
    '',
    '$6$ab$xnh5Qsr2NdbFw1PgdZie7nLON3gv.S.23iQDBqAzkdoXPtDnVSpludXkM5UWybQO3OI7hBj9wHg9Ow6sUWD60/'
  ],
  [
    'letters beyond ASCII',
    'pässwörd',
    '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
  ],
  [
    'a password longer than a digest',
    'x'.repeat(200),
    '$6$0123456789abcdef$Rru0YcJdWAfylTzYkMBaHfdgEjT2jeUewuTfATTJEn/Inu1Ma3JNgneCwDVl2NaWmkgDKZzdSV8VisQ10exaF.'
  ]
]

describe('verifyShaCrypt: the password fits, and no other', () => {
  for (const [name, password, hash] of vectors) {
    test(name, () => {
      assert.equal(verifyShaCrypt(Buffer.from(password), hash), true)
      assert.equal(verifyShaCrypt(Buffer.from(`${password} `), hash), false)
    })
  }
})

describe('verifyShaCrypt: what is no SHA-crypt hash fits nothing', () => {
  for (const hash of ['', 'Hello world!', '$1$ab$cd', '$6$ab', '$6$ab$', '$2y$10$abc']) {
    test(JSON.stringify(hash), () => {
      assert.equal(verifyShaCrypt(Buffer.from('Hello world!'), hash), false)
    })
  }
})
