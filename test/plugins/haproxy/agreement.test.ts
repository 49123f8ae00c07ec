import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildTable } from '../../../src/gateway/model/table.ts'
import {
  comparePlanes,
  describeDifference
} from '../../../src/plugins/haproxy/agreement/compare.ts'
import { corpusOf } from '../../../src/plugins/haproxy/agreement/corpus.ts'
import { recordedHeads } from '../../../src/plugins/haproxy/agreement/recorded-heads.ts'
import { agreementApps, agreementFile } from '../../support/agreement-apps.ts'
import { stagePlanes } from '../../support/agreement-stage.ts'
import { noHaproxy, startRendered } from '../../support/rendered-haproxy.ts'

const COUNT = Number(process.env['RUNS'] ?? 6000)
const SEED = Number(process.env['SEED'] ?? 20_240_607)
const LONGEST_RUN_MS = 300_000
const MOST_SHOWN = 10

test('the proxy plane and a real HAProxy agree about every request', {
  skip: noHaproxy,
  timeout: LONGEST_RUN_MS
}, async (t) => {
  const stage = await stagePlanes(t, agreementApps, agreementFile)
  const { table, notPortable } = stage
  const { requests, skipped } = corpusOf(table, { seed: SEED, count: COUNT, notPortable })
  assert.equal(requests.length, COUNT)
  const recorded = recordedHeads('plain0.local').map((head) => ({ head, services: [] }))
  const { differences, accepted, services, kinds } = await comparePlanes(
    [...requests, ...recorded],
    stage
  )
  t.diagnostic(`${requests.length} requests: ${JSON.stringify([...kinds])}`)
  t.diagnostic(`accepted: ${JSON.stringify([...accepted])}`)
  for (const { route, reason } of skipped) t.diagnostic(`not asked: ${route}: ${reason}`)
  const told = differences.slice(0, MOST_SHOWN).map((one) => describeDifference(one, stage.haproxy))
  assert.equal(differences.length, 0, `${differences.length} differences:\n${told.join('\n')}`)
  // What follows shows that the corpus asked about everything.
  for (const code of ['GW_NO_ROUTE', 'GW_NO_ENDPOINT', 'GW_GUARD_INVALID', 'GW_BAD_HOST'])
    assert.ok((kinds.get(code) ?? 0) > 0, `no request was answered with ${code}`)
  assert.ok((kinds.get('answered') ?? 0) > COUNT / 4, 'most requests were refused')
  const left = new Set(skipped.map(({ route }) => route))
  for (const route of table.routes.values()) {
    if (left.has(route.id) || route.closed !== undefined) continue
    const taking = route.services
      .filter(({ weight }) => weight > 0)
      .map(({ service }) => service)
      .filter((id) => (table.services.get(id)?.endpoints.length ?? 0) > 0)
    const seen = services.get(route.id)
    assert.deepEqual([...(seen?.proxy ?? [])].sort(), taking.sort(), `proxy plane, ${route.id}`)
    assert.deepEqual([...(seen?.haproxy ?? [])].sort(), taking, `haproxy, ${route.id}`)
  }
})

test('a planted difference is found, and told as a request to paste', {
  skip: noHaproxy
}, async (t) => {
  const labels = { 'gateway.hosts': 'planted.test', 'gateway.path': '/api' }
  const stage = await stagePlanes(t, [{ id: '/planted', labels, tasks: 1 }], '{}')
  const { data } = stage.table
  const routes = data.routes.map((route) => ({ ...route, strip: true }))
  const { port } = await startRendered(t, buildTable({ ...data, routes }))
  const haproxy = { host: '127.0.0.1', port }
  const { requests } = corpusOf(stage.table, { seed: SEED, count: 50 })
  const { differences } = await comparePlanes(requests, { ...stage, haproxy })
  const [first] = differences
  assert.ok(first !== undefined)
  assert.deepEqual([...new Set(differences.map(({ what }) => what))], ['target'])
  const told = describeDifference(first, haproxy)
  assert.match(told, /^target differs \(route marathon:\/planted:0:planted\.test\/api\)\n/)
  assert.ok(told.includes(` | nc -w 2 127.0.0.1 ${port}`), told)
})
