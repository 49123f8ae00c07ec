import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createInTurns } from '../../../src/gateway/http/in-turns.ts'

/** Numbers that were worked on, by the turn of the event loop they were worked on in. */
function stage(most: number) {
  const turns: number[][] = [[]]
  const { add, drop } = createInTurns(most, (item: number) => turns.at(-1)?.push(item))
  return {
    turns,
    add: (...items: number[]) => items.forEach(add),
    drop,
    async nextTurn() {
      turns.push([])
      await setImmediate()
    }
  }
}

test('in turns: so many at once, the others later, in order', async () => {
  const { turns, add, nextTurn } = stage(2)
  add(1, 2, 3, 4, 5)
  assert.deepEqual(turns, [[1, 2]])
  await nextTurn()
  await nextTurn()
  assert.deepEqual(turns, [[1, 2], [3, 4], [5]])
})

test('in turns: what is added one by one in the same turn counts together', async () => {
  const { turns, add, nextTurn } = stage(2)
  add(1)
  add(2)
  add(3)
  assert.deepEqual(turns, [[1, 2]])
  await nextTurn()
  assert.deepEqual(turns, [[1, 2], [3]])
})

test('in turns: once all is done, a new turn has all its room', async () => {
  const { turns, add, nextTurn } = stage(2)
  add(1, 2, 3)
  for (let i = 0; i < 4; i++) await nextTurn()
  add(4, 5, 6)
  assert.deepEqual(turns.at(-1), [4, 5])
})

test('in turns: nobody overtakes who waits', async () => {
  const { turns, add, nextTurn } = stage(1)
  add(1, 2, 3)
  await nextTurn()
  add(4)
  for (let i = 0; i < 4; i++) await nextTurn()
  assert.deepEqual(turns.flat(), [1, 2, 3, 4])
})

test('in turns: what is dropped is not done', async () => {
  const { turns, add, drop, nextTurn } = stage(1)
  add(1, 2, 3)
  assert.deepEqual(drop(), [2, 3])
  await nextTurn()
  await nextTurn()
  assert.deepEqual(turns.flat(), [1])
})
