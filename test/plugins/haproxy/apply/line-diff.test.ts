import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineDiff } from '../../../../src/plugins/haproxy/apply/line-diff.ts'

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })

test('lineDiff: what it takes away and adds makes one text of the other', () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const diff = lineDiff(before, after)
      assert.equal(diff.length === 0, before.join() === after.join())
      const count = (texts: readonly string[], line: string) =>
        texts.filter((text) => text === line).length
      for (const line of ['a', 'b', 'c', 'd']) {
        const change = count(diff, `+${line}`) - count(diff, `-${line}`)
        assert.equal(count(before, line) + change, count(after, line))
      }
    })
  )
})

test('lineDiff: only what differs, and large texts at once', () => {
  assert.deepEqual(lineDiff(['a', 'b', 'c', 'e'], ['a', 'x', 'c', 'd', 'e']), ['-b', '+x', '+d'])
  const many = (mark: string) => Array.from({ length: 5_000 }, (_, at) => `${mark}${at}`)
  assert.equal(lineDiff(many('a'), many('b')).length, 10_000)
})
