import assert from 'node:assert/strict'
import { test } from 'node:test'
import { emptyTable } from '../../../src/gateway/model/table.ts'
import { createAddressBook } from '../../../src/plugins/haproxy/address-book.ts'

/** A book whose look-ups a test answers one by one. */
function bookUnderTest() {
  const answers: ((found: readonly (readonly [string, string])[]) => void)[] = []
  let changes = 0
  const book = createAddressBook(
    () => {
      changes += 1
    },
    () => new Promise((resolve) => answers.push((found) => resolve(new Map(found))))
  )
  const answer = async (...found: (readonly [string, string])[]) => {
    answers.shift()?.(found)
    await new Promise(setImmediate)
  }
  return { book, answer, changes: () => changes, asked: () => answers.length }
}

test('an address that is news is told, the same one is not', async (t) => {
  const { book, answer, changes } = bookUnderTest()
  t.after(() => book.close())
  book.use(emptyTable())
  await answer(['agent-1', '10.0.0.1'])
  assert.deepEqual([book.addresses.get('agent-1'), changes()], ['10.0.0.1', 1])
  book.use(emptyTable())
  await answer(['agent-1', '10.0.0.1'])
  assert.equal(changes(), 1)
})

test('a name that has no address any more keeps its last one', async (t) => {
  const { book, answer, changes } = bookUnderTest()
  t.after(() => book.close())
  book.use(emptyTable())
  await answer(['agent-1', '10.0.0.1'])
  book.use(emptyTable())
  await answer()
  assert.deepEqual([book.addresses.get('agent-1'), changes()], ['10.0.0.1', 1])
})

test('the same table is not looked up again, and an answer for an older one is left', async (t) => {
  const { book, answer, changes, asked } = bookUnderTest()
  t.after(() => book.close())
  const table = emptyTable()
  book.use(table)
  book.use(table)
  assert.equal(asked(), 1)
  book.use(emptyTable())
  await answer(['agent-1', '10.0.0.1'])
  assert.equal(changes(), 0)
  await answer(['agent-1', '10.0.0.2'])
  assert.deepEqual([book.addresses.get('agent-1'), changes()], ['10.0.0.2', 1])
})
