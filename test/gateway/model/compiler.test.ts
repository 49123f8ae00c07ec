import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claims } from '../../../src/gateway/model/claims.ts'
import { type CompileInput, compile } from '../../../src/gateway/model/compile.ts'
import { Compiler } from '../../../src/gateway/model/compiler.ts'
import type { Problem } from '../../../src/gateway/model/problem.ts'
import { runSteps } from '../../../src/gateway/model/steps.ts'
import { buildTable, emptyTable, updateTable } from '../../../src/gateway/model/table.ts'
import { type ClusterInput, changingCluster } from '../../support/changing-cluster.ts'

const textsOf = (problems: readonly Problem[]) => problems.map((one) => JSON.stringify(one)).sort()
const sorted = (claims: Claims) => [...claims].sort(([a], [b]) => (a < b ? -1 : 1))

/** Compiles each input with one compiler, and compares with a compilation from nothing. */
function assertSameAsFresh(
  inputs: readonly ClusterInput[],
  claimsOf: (given: Claims) => Claims
): void {
  const compiler = new Compiler()
  let table = emptyTable()
  let claims: Claims = new Map()
  for (const one of inputs) {
    const input: CompileInput = { ...one, claims: claimsOf(claims) }
    const fresh = compile(input)
    const result = runSteps(compiler.steps(input))
    table = updateTable(table, result.changes)
    const built = buildTable(fresh.data)
    assert.deepEqual(table.data, built.data)
    assert.equal(table.hash, built.hash)
    assert.deepEqual(textsOf(result.problems), textsOf(fresh.problems))
    assert.deepEqual(sorted(result.claims), sorted(fresh.claims))
    claims = result.claims
  }
}

test('compiler: what it remembers changes nothing in what it gives', () => {
  fc.assert(
    fc.property(changingCluster, (inputs) => assertSameAsFresh(inputs, (claims) => claims)),
    { numRuns: 500 }
  )
})

test('compiler: the same with claims that come from elsewhere', () => {
  fc.assert(
    fc.property(changingCluster, (inputs) =>
      assertSameAsFresh(inputs, (claims) => new Map([...claims].filter((_, at) => at % 3 !== 0)))
    )
  )
})
