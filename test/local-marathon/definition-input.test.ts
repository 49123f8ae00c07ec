import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ApiError } from '../../src/local-marathon/api-error.ts'
import { filterOf } from '../../src/local-marathon/app-query.ts'
import { absoluteId, definitionOf, patched } from '../../src/local-marathon/definition-input.ts'

const FIELDS = [
  'cmd',
  'args',
  'instances',
  'env',
  'labels',
  'networks',
  'ports',
  'portDefinitions',
  'container',
  'healthChecks',
  'readinessChecks',
  'upgradeStrategy',
  'ipAddress',
  '__proto__'
]

test('any body becomes a definition or an ApiError, never another exception', () => {
  const bodies = fc.dictionary(fc.constantFrom(...FIELDS), fc.jsonValue(), {
    noNullPrototype: true
  })
  fc.assert(
    fc.property(fc.oneof(bodies, fc.jsonValue()), (body) => {
      try {
        const definition = definitionOf(body, '/shop', () => 10_000)
        definitionOf(patched(definition, body), '/shop', () => 10_000)
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        assert.ok(error.status === 400 || error.status === 422)
      }
    }),
    { numRuns: 3_000 }
  )
})

test('what is made of a definition stays the same when it comes back', () => {
  const body = {
    cmd: 'x',
    networks: [{ mode: 'container/bridge' }],
    container: { docker: { image: 'nginx' } },
    healthChecks: [{ protocol: 'TCP' }]
  }
  const once = definitionOf(body, '/shop', () => 10_000)
  assert.deepEqual(
    definitionOf(once, '/shop', () => 10_001),
    once
  )
  assert.deepEqual(
    definitionOf(patched(once, {}), '/shop', () => 10_001),
    once
  )
})

test('any label selector is a filter or 400', () => {
  fc.assert(
    fc.property(fc.string(), (label) => {
      try {
        filterOf(new URLSearchParams({ label }))
      } catch (error) {
        assert.ok(error instanceof ApiError && error.status === 400)
      }
    })
  )
})

test('ids are absolute, with dot segments resolved', () => {
  const cases = [
    ['shop', '/shop'],
    ['//shop//api/', '/shop/api'],
    ['/shop/../api', '/api'],
    ['./shop', '/shop'],
    ['/../..', '/']
  ]
  for (const [given = '', expected] of cases) assert.equal(absoluteId(given), expected)
  assert.equal(absoluteId('api', '/shop'), '/shop/api')
})
