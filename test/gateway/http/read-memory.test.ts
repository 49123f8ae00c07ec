import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directReading } from '../../../src/gateway/http/direct-reading.ts'
import { createReadBuffers, type ReadMemory } from '../../../src/gateway/http/read-memory.ts'

const ORDINARY = 65_536
const HUGE = 262_144

/** Reads as Node does: asks for a buffer, fills it, and tells. */
function reading() {
  const buffers = createReadBuffers()
  const taken: { length: number; memory: ReadMemory }[] = []
  const { onread } = directReading(buffers, {
    onBytes(chunk, memory) {
      taken.push({ length: chunk.length, memory })
      return true
    }
  })
  const next = onread.buffer as () => Uint8Array
  function read(bytes: number): number {
    const buffer = next()
    onread.callback(Math.min(bytes, buffer.length), buffer)
    return buffer.length
  }
  return { buffers, taken, read }
}

test('a connection that fills its buffers is read in larger ones', () => {
  const { taken, read } = reading()
  assert.equal(read(200), ORDINARY)
  assert.equal(taken[0]?.memory.borrowed, true)
  assert.equal(read(1e6), ORDINARY)
  assert.equal(read(1e6), HUGE)
  assert.equal(taken[2]?.length, HUGE)
  assert.equal(taken[2]?.memory.borrowed, false)
  assert.equal(read(100_000), HUGE)
  assert.equal(read(40_000), HUGE)
  assert.equal(read(40_000), ORDINARY)
  assert.equal(read(10), ORDINARY)
  assert.equal(taken[6]?.memory.borrowed, false)
  assert.equal(read(10), ORDINARY)
  assert.equal(taken[7]?.memory.borrowed, true)
})

test('there are only so many large buffers, and those given back are used again', () => {
  const buffers = createReadBuffers()
  const out = Array.from({ length: 40 }, () => buffers.take(true))
  assert.equal(out.filter(({ length }) => length === HUGE).length, 32)
  const [first = Buffer.alloc(0)] = out
  const memory = buffers.lend(first)
  memory.free?.()
  memory.free?.()
  assert.equal(buffers.take(true), first)
  assert.equal(buffers.take(true).length, ORDINARY)
})
