import assert from 'node:assert/strict'
import test from 'node:test'
import type { Route } from '../../../src/gateway/model/route.ts'
import type { Outcome } from '../../../src/gateway/plugin.ts'
import { sumStats } from '../../../src/gateway/processes.ts'
import { trafficMetrics } from '../../../src/plugins/metrics/definitions.ts'
import { TrafficCounts } from '../../../src/plugins/metrics/traffic-counts.ts'
import { samplesOf } from '../../../src/plugins/metrics/traffic-samples.ts'

const route = (id: string) =>
  ({
    id,
    services: [{ service: `${id}-service`, weight: 1 }],
    origins: { service: { app: id } }
  }) as unknown as Route

const outcome = (of: Route | undefined, fields: Partial<Outcome> = {}): Outcome =>
  ({
    status: 200,
    durationMs: 3,
    bytesIn: 0,
    bytesOut: 10,
    attempts: [],
    aborted: false,
    route: of,
    ...fields
  }) as Outcome

function countsUnderTest(maxRoutes = 100) {
  const routes = new Map<string, Route>()
  const clock = { ms: 0 }
  const counts = new TrafficCounts({
    maxRoutes,
    table: () => ({ routes, services: new Map() }) as never,
    now: () => clock.ms
  })
  return { counts, routes, clock }
}

test('numbers of two processes are added up', () => {
  const two = [countsUnderTest(), countsUnderTest()]
  const one = route('/a')
  for (const { counts, routes } of two) {
    routes.set('/a', one)
    counts.count(outcome(one))
    counts.count(outcome(one, { durationMs: 70_000, status: 503, code: 'GW_OVERLOADED' }))
  }
  const stats = sumStats(two.map(({ counts }) => ({ traffic: counts.read() })))
  const samples = samplesOf(stats)
  const requests = samples.get(trafficMetrics.requests) ?? []
  assert.deepEqual(
    requests.filter(({ labels }) => labels['app'] === '/a'),
    [
      { value: 2, labels: { app: '/a', route: '/a', class: '2xx', code: '' } },
      { value: 2, labels: { app: '/a', route: '/a', class: '5xx', code: 'GW_OVERLOADED' } }
    ]
  )
  const duration = (samples.get(trafficMetrics.duration) ?? []).filter(
    ({ labels }) => labels['app'] === '/a'
  )
  const bucket = (le: string | number) => duration.find(({ labels }) => labels['le'] === le)?.value
  assert.deepEqual([bucket(0.002), bucket(0.005), bucket(60), bucket('+Inf')], [0, 2, 2, 4])
  assert.equal(duration.find(({ metricName }) => metricName?.endsWith('_sum'))?.value, 140.006)
})

test('a route that is gone is told of for ten minutes, then forgotten: memory is flat over deploys', () => {
  const { counts, routes, clock } = countsUnderTest()
  for (let deploy = 0; deploy < 1000; deploy++) {
    const one = route(`/app-${deploy}`)
    routes.clear()
    routes.set(one.id, one)
    counts.count(outcome(one))
    clock.ms += 60_000
    counts.read()
  }
  const told = Object.keys(counts.read()).filter((name) => name.startsWith('requests\t/app'))
  assert.ok(told.length >= 10 && told.length <= 13, `${told.length} routes`)
})

test('counting a request costs less than two microseconds', () => {
  const { counts, routes } = countsUnderTest()
  const one = route('/a')
  routes.set('/a', one)
  const each = outcome(one)
  for (let i = 0; i < 100_000; i++) counts.count(each)
  const rounds = Array.from({ length: 5 }, () => {
    const startedAt = performance.now()
    for (let i = 0; i < 100_000; i++) counts.count(each)
    return performance.now() - startedAt
  })
  assert.ok(Math.min(...rounds) < 200, `${Math.min(...rounds) / 100} µs`)
})
