import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createReadTurns, TaskReading } from '../../../../src/gateway/http/upstream/read-turns.ts'

const KIB = 1024

function socket() {
  const one = {
    reads: true,
    pause() {
      one.reads = false
    },
    resume() {
      one.reads = true
    }
  }
  return one
}

function readers(count: number) {
  const turns = createReadTurns()
  const sockets = Array.from({ length: count }, socket)
  return { sockets, readings: sockets.map((one) => new TaskReading(one, turns)) }
}

const reading = (sockets: readonly { reads: boolean }[]) =>
  sockets.filter(({ reads }) => reads).length

test('reading in turns: half a MiB in one turn, then others have theirs', async () => {
  const { sockets, readings } = readers(1)
  readings[0]?.took(511 * KIB)
  assert.equal(reading(sockets), 1)
  readings[0]?.took(KIB)
  assert.equal(reading(sockets), 0)
  await nextTurn()
  assert.equal(reading(sockets), 1)
  readings[0]?.took(511 * KIB)
  assert.equal(reading(sockets), 1)
})

test('reading in turns: of many that have read much, two go on in each turn', async () => {
  const { sockets, readings } = readers(5)
  for (const one of readings) one.took(512 * KIB)
  const counts = []
  for (let turn = 0; turn < 4; turn += 1) {
    counts.push(reading(sockets))
    await nextTurn()
  }
  assert.deepEqual(counts, [0, 2, 4, 5])
})

test('reading in turns: what a client holds up does not go on when its turn comes', async () => {
  const { sockets, readings } = readers(1)
  readings[0]?.took(512 * KIB)
  readings[0]?.hold()
  await nextTurn()
  assert.equal(reading(sockets), 0)
  assert.equal(readings[0]?.letGo(), true)
  assert.equal(reading(sockets), 1)
})

test('reading in turns: out of turn, a client that takes more again waits', async () => {
  const { sockets, readings } = readers(1)
  readings[0]?.hold()
  readings[0]?.took(512 * KIB)
  assert.equal(readings[0]?.letGo(), true)
  assert.equal(readings[0]?.letGo(), false)
  assert.equal(reading(sockets), 0)
  await nextTurn()
  assert.equal(reading(sockets), 1)
})

test('reading in turns: a socket that was given away stays as its new holder has it', async () => {
  const { sockets, readings } = readers(1)
  readings[0]?.took(512 * KIB)
  readings[0]?.stop()
  await nextTurn()
  assert.equal(reading(sockets), 0)
})
