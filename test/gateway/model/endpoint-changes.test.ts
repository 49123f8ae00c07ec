import assert from 'node:assert/strict'
import test from 'node:test'
import { endpointChanges } from '../../../src/gateway/model/endpoint-changes.ts'
import type { Service } from '../../../src/gateway/model/route.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { serviceOf } from '../../support/rendered-tables.ts'

function tableWith(...services: readonly Service[]) {
  return buildTable({ routes: [], services })
}

test('endpoints that came, went, and are elsewhere now', () => {
  const a = serviceOf('/a', [1, 2])
  const [first, second] = a.endpoints
  assert.ok(first !== undefined && second !== undefined)
  const ids = (before: readonly Service[], after: readonly Service[]) => {
    const { left, joined } = endpointChanges(tableWith(...before), tableWith(...after))
    const text = ({ id, port }: { id: string; port: number }) => `${id} ${port}`
    return [[...left()].map(text), [...joined()].map(text)]
  }
  const name = (port: number, { id } = first) => `${id} ${port}`
  assert.deepEqual(ids([], [a]), [[], [name(1), name(2, second)]])
  assert.deepEqual(ids([a], [a]), [[], []])
  assert.deepEqual(ids([a], []), [[name(1), name(2, second)], []])
  assert.deepEqual(ids([a], [{ ...a, endpoints: [first] }]), [[name(2, second)], []])
  const moved = { ...first, port: 9 }
  assert.deepEqual(ids([a], [{ ...a, endpoints: [moved, second] }]), [[name(1)], [name(9)]])
  const resting = { ...first, lastResort: true }
  assert.deepEqual(ids([a], [{ ...a, endpoints: [resting, second] }]), [[], []])
})
