import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeptBytes } from '../../../src/gateway/http/kept-bytes.ts'

test('kept bytes: come back in order, however they were cut', () => {
  for (const sizes of [
    [0],
    [5],
    [1, 1, 1],
    [5000, 1, 1, 5000, 3],
    [1, 5000, 1],
    [900, 900, 900, 900, 900]
  ]) {
    const kept = new KeptBytes()
    const whole = Buffer.alloc(
      sizes.reduce((a, b) => a + b),
      'abcdefg'
    )
    let at = 0
    for (const size of sizes) {
      kept.add(whole.subarray(at, at + size))
      at += size
    }
    assert.deepEqual(Buffer.concat(kept.pieces), whole)
  }
})

test('kept bytes: what is added after a look is there at the next one', () => {
  const kept = new KeptBytes()
  for (const text of ['a', 'b', 'c']) {
    kept.add(Buffer.from(text))
    assert.ok(Buffer.concat(kept.pieces).toString().endsWith(text))
  }
  assert.equal(Buffer.concat(kept.pieces).toString(), 'abc')
})

test('kept bytes: 65536 pieces of one byte are no more than 40 buffers', () => {
  const kept = new KeptBytes()
  for (let i = 0; i < 65_536; i++) kept.add(Buffer.from('x'))
  assert.ok(kept.pieces.length <= 40, `${kept.pieces.length}`)
})
