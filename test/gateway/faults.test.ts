import assert from 'node:assert/strict'
import test from 'node:test'
import fastify from 'fastify'
import { contain, createFaults } from '../../src/gateway/faults.ts'

interface Line {
  readonly fault: string
  readonly where: string
  readonly unwritten?: number
}

function faultsUnderTest() {
  const lines: Line[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const { log } = fastify({ logger: { stream } })
  const clock = { ms: 0 }
  return { lines, clock, faults: createFaults({ log, now: () => clock.ms }) }
}

test('a fault is logged under the id that is given back, and counted by place', () => {
  const { lines, faults } = faultsUnderTest()
  const id = faults.note('request', new Error('x'), { target: '/a' })
  faults.note('observer', 'not even an error')
  assert.match(id, /^[0-9a-f]{8}$/)
  assert.deepEqual(
    lines.map(({ where }) => where),
    ['request', 'observer']
  )
  assert.equal(lines[0]?.fault, id)
  assert.deepEqual(faults.counts, { request: 1, observer: 1 })
})

test('a fault of every request is counted each time, and written twenty times a minute', () => {
  const { lines, clock, faults } = faultsUnderTest()
  for (let i = 0; i < 1000; i++) faults.note('observer', new Error('again'))
  assert.equal(lines.length, 20)
  faults.note('request', new Error('another place'))
  assert.equal(lines.length, 21)
  clock.ms = 60_000
  faults.note('observer', new Error('again'))
  assert.equal(lines.at(-1)?.unwritten, 980)
  assert.deepEqual(faults.counts, { observer: 1001, request: 1 })
})

test('what throws and what rejects is noted alike', async () => {
  const { faults } = faultsUnderTest()
  contain(faults, 'plane', () => {
    throw new Error('at once')
  })
  contain(faults, 'plane', () => Promise.reject(new Error('later')))
  contain(faults, 'plane', () => Promise.resolve())
  await new Promise(setImmediate)
  assert.deepEqual(faults.counts, { plane: 2 })
})
