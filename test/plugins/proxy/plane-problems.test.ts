import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSteps } from '../../../src/gateway/model/steps.ts'
import { buildTable } from '../../../src/gateway/model/table.ts'
import { createPlaneProblems } from '../../../src/plugins/proxy/plane-problems.ts'
import { serviceOf } from '../../support/rendered-tables.ts'

test('only entries that changed are looked at, and what is told is that of the whole table', () => {
  const asked: string[] = []
  const problems = createPlaneProblems({
    ofRoute: () => [],
    ofService({ id, endpoints }) {
      asked.push(id)
      const reason = 'it has one endpoint'
      return endpoints.length === 1 ? [{ source: 'marathon', app: id, reason }] : []
    }
  })
  const services = (...ports: readonly (readonly number[])[]) =>
    ports.map((some, at) => serviceOf(`/app-${at}`, some))
  const told = (table: ReturnType<typeof buildTable>) => {
    asked.length = 0
    return runSteps(problems(table)).map(({ app }) => app)
  }
  const first = buildTable({ routes: [], services: services([1], [1, 2], [3]) })
  const [one = '', two = '', three = ''] = first.services.keys()
  assert.deepEqual(told(first), [one, three])
  const second = buildTable({ routes: [], services: services([1], [2], [3, 4]) }, first)
  assert.deepEqual(told(second), [one, two])
  assert.deepEqual(asked.sort(), [two, three])
  assert.deepEqual(told(second), [one, two])
  assert.deepEqual(asked, [])
  assert.deepEqual(told(buildTable({ routes: [], services: services([1]) }, second)), [one])
})
