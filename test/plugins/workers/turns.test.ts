import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'
import { createTurns } from '../../../src/plugins/workers/turns.ts'
import type { WorkerState } from '../../../src/plugins/workers/worker-handle.ts'

function worker(state: WorkerState) {
  const got: unknown[] = []
  return { state, unclaimed: 0, got, pass: (connection: unknown) => void got.push(connection) }
}

function connection() {
  const one = {
    ...{ listener: 'a', socket: new Socket(), since: 0, isRefused: false },
    refuse() {
      one.isRefused = true
    }
  }
  return one
}

test('turns: each worker that serves gets as many as the others', () => {
  const [one, two, late] = [worker('serving'), worker('serving'), worker('starting')]
  const turns = createTurns(new Set([one, late, two]))
  for (let i = 0; i < 10; i += 1) turns.pass(connection())
  assert.deepEqual([one.got.length, two.got.length, late.got.length], [5, 5, 0])
})

test('turns: a worker that takes nothing is left alone while others take', () => {
  const [stuck, well] = [worker('serving'), worker('serving')]
  const turns = createTurns(new Set([stuck, well]))
  stuck.unclaimed = 1
  for (let i = 0; i < 10; i += 1) turns.pass(connection())
  assert.deepEqual([stuck.got.length, well.got.length], [0, 10])
})

test('turns: connections wait for a worker, so many at most', () => {
  const workers = new Set([worker('starting')])
  const turns = createTurns(workers)
  const all = Array.from({ length: 1030 }, connection)
  for (const one of all) turns.pass(one)
  assert.equal(all.filter(({ isRefused }) => isRefused).length, 6)
  const [late] = workers
  if (late !== undefined) late.state = 'serving'
  turns.flush()
  assert.equal(late?.got.length, 1024)
})

test('turns: what waits is closed at the end', () => {
  const turns = createTurns(new Set())
  const waits = connection()
  turns.pass(waits)
  turns.close()
  assert.equal(waits.socket.destroyed, true)
})
