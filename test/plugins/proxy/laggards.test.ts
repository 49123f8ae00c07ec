import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createWheel } from '../../../src/gateway/http/upstream/wheel.ts'
import { createLaggards } from '../../../src/plugins/proxy/laggards.ts'
import { endpointAt } from '../../support/raw-task.ts'

const endpoint = endpointAt(1)

function stage(share: number) {
  let now = 1_000_000
  const wheel = createWheel(1000)
  const laggards = createLaggards({ share, wheel, now: () => now })
  const gone: string[] = []
  return {
    gone,
    press: () => laggards.press(endpoint),
    areMany: laggards.areMany,
    /** Joins, slow since then; undefined: not slow. */
    join(name: string, since: number | undefined | (() => number), at = endpoint) {
      const who = {
        slowSince: () => (typeof since === 'function' ? since() : since),
        giveWay: () => {
          gone.push(name)
          laggards.leave(at, who)
        }
      }
      laggards.join(at, who)
      return () => laggards.leave(at, who)
    },
    async pass(ms: number) {
      now += ms
      await setImmediate()
      for (let i = 0; i < 10; i++) wheel.turn()
    },
    stop: () => wheel.stop()
  }
}

test('laggards: nobody gives way while there is room', async () => {
  const { join, pass, gone, stop } = stage(10)
  for (const name of ['a', 'b', 'c']) join(name, 0)
  await pass(60_000)
  assert.deepEqual(gone, [])
  stop()
})

test('laggards: the slowest gives way to a request that waits, one for each', async () => {
  const { join, pass, gone, press, stop } = stage(10)
  join('slow', 900_000)
  join('slowest', 800_000)
  join('busy', 999_500)
  join('well', undefined)
  press()
  await pass(100)
  assert.deepEqual(gone, ['slowest'])
  press()
  press()
  await pass(100)
  assert.deepEqual(gone, ['slowest', 'slow'])
  stop()
})

test('laggards: who becomes slow while a request waits gives way to it; a wish ends', async () => {
  const { join, pass, gone, press, stop } = stage(10)
  join('a', 999_500)
  press()
  await pass(100)
  assert.deepEqual(gone, [])
  await pass(1000)
  assert.deepEqual(gone, ['a'])
  press()
  await pass(10_000)
  join('b', 0)
  await pass(100)
  assert.deepEqual(gone, ['a'])
  stop()
})

test('laggards: they are many when one endpoint had no room for all', () => {
  const { join, areMany, stop } = stage(2)
  join('a', 0)
  join('b', 0, endpointAt(2))
  assert.equal(areMany(), false)
  const leave = join('c', undefined, endpointAt(3))
  assert.equal(areMany(), true)
  leave()
  leave()
  assert.equal(areMany(), false)
  stop()
})

test('laggards: more than their share of one endpoint is too much', async () => {
  const { join, pass, gone, stop } = stage(2)
  join('other', 0, endpointAt(2))
  join('a', 1)
  join('b', 2)
  const leave = join('gone', 0)
  leave()
  await pass(100)
  assert.deepEqual(gone, [])
  join('c', 3)
  join('not so slow', 999_000)
  await pass(100)
  assert.deepEqual(gone, ['a', 'b'])
  stop()
})

test('laggards: those beyond the share give way two in each turn, unless they go on meanwhile', async () => {
  const { join, pass, gone, stop } = stage(1)
  let since = 4
  for (const at of [1, 2, 3]) join(`slow ${at}`, at)
  join('goes on', () => since)
  join('slow 5', 5)
  join('slow 6', 6)
  await pass(100)
  assert.deepEqual(gone, ['slow 1', 'slow 2'])
  since = 999_000
  await setImmediate()
  await setImmediate()
  assert.deepEqual(gone, ['slow 1', 'slow 2', 'slow 3', 'slow 5'])
  stop()
})

test('laggards: a request that waits gets the connection of one whose turn would come later', async () => {
  const { join, pass, gone, press, stop } = stage(1)
  for (const at of [1, 2, 3, 4, 5]) join(`${at}`, at)
  await pass(100)
  assert.deepEqual(gone, ['1', '2'])
  press()
  press()
  await setImmediate()
  assert.deepEqual(gone.toSorted(), ['1', '2', '3', '4'])
  await setImmediate()
  await setImmediate()
  assert.deepEqual(gone.toSorted(), ['1', '2', '3', '4'])
  stop()
})
