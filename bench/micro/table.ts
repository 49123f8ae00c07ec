import { parseApps } from '../../src/gateway/marathon/schema.ts'
import { compile } from '../../src/gateway/model/compile.ts'
import { describeDiff } from '../../src/gateway/model/diff.ts'
import { buildTable } from '../../src/gateway/model/table.ts'
import { compileInput, marathonAnswer, snapshotOf } from './large-cluster.ts'
import type { MicroCase } from './micro-case.ts'

/** From Marathon's answer to a table, step by step, and what differs between two tables. */
export function tableCases(apps: number, tasksPerApp: number): MicroCase[] {
  const text = marathonAnswer(apps, tasksPerApp)
  const body: unknown = JSON.parse(text)
  const snapshot = snapshotOf(body)
  const compiled = compile(compileInput(snapshot, new Map()))
  const input = compileInput(snapshot, compiled.claims)
  const before = buildTable(compiled.data)
  const after = buildTable(compile(compileInput(snapshotOf(body, 1), compiled.claims)).data, before)
  const size = `${(text.length / 1e6).toFixed(0)} MB`
  return [
    { name: `JSON of ${size}`, run: () => JSON.parse(text) },
    { name: 'check its apps and tasks', run: () => parseApps(body, 'marathon') },
    { name: 'compile routes and services', run: () => compile(input) },
    { name: 'build the table', run: () => buildTable(compiled.data) },
    { name: 'diff of two tables, one task changed', run: () => describeDiff(before, after) }
  ]
}

/** Bytes of heap for each task of a table; needs `--expose-gc`. */
export function bytesPerTask(apps: number, tasksPerApp: number, collect: () => void): number {
  const make = () => {
    const snapshot = snapshotOf(JSON.parse(marathonAnswer(apps, tasksPerApp)))
    return buildTable(compile(compileInput(snapshot, new Map())).data)
  }
  collect()
  const before = process.memoryUsage().heapUsed
  const table = make()
  collect()
  const bytes = process.memoryUsage().heapUsed - before
  if (table.services.size !== apps) throw new Error('the table lacks services')
  return bytes / (apps * tasksPerApp)
}
