import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { figuresOf, isMissed, markdownOf } from '../../../bench/large-cluster/figures.ts'
import { measure } from '../../../bench/large-cluster/measure.ts'
import { OWN_PROGRAM } from '../../../bench/peers/gateway.ts'

/** Correctness: figures of a busy machine prove nothing. */
test('a cluster of 200 apps is read, changed and followed, and every figure is there', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'large-cluster-'))
  t.after(() => rm(folder, { recursive: true }))
  const said: string[] = []
  const measured = await measure(
    { size: { apps: 200, tasksPerApp: 5 }, changes: 1, folder, program: OWN_PROGRAM, flags: [] },
    (text) => said.push(text)
  )
  assert.equal(measured.tasks, 1000)
  assert.ok(said.length > 5)
  const tables = ({ applied }: typeof measured.first) => applied.filter(({ changed }) => changed)
  assert.equal(tables(measured.first).length, 1)
  assert.deepEqual(tables(measured.unchanged), [])
  assert.deepEqual(tables(measured.checked), [])
  const lines = figuresOf(measured)
  assert.deepEqual(
    lines.filter(({ name, value }) => Number.isNaN(value) && !name.includes('garbage')),
    []
  )
  assert.match(markdownOf(lines), /first table/)
})

test('a figure above what was promised is missed, and so is one that is none', () => {
  const line = { name: 'a', unit: 'ms', most: 20 }
  assert.equal(isMissed({ ...line, value: 20 }), false)
  assert.equal(isMissed({ ...line, value: 20.1 }), true)
  assert.equal(isMissed({ ...line, value: Number.NaN }), true)
  assert.equal(isMissed({ name: 'a', unit: 'ms', value: 100 }), false)
})
