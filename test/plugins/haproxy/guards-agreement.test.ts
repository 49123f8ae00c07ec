import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  comparePlanes,
  describeDifference
} from '../../../src/plugins/haproxy/agreement/compare.ts'
import { corpusOf } from '../../../src/plugins/haproxy/agreement/corpus.ts'
import { stagePlanes } from '../../support/agreement-stage.ts'
import { guardedFields as fields, guardedApps } from '../../support/guarded-apps.ts'
import { noHaproxy } from '../../support/rendered-haproxy.ts'

const COUNT = Number(process.env['RUNS'] ?? 3000)
const SEED = Number(process.env['SEED'] ?? 20_240_607)
const LONGEST_RUN_MS = 300_000
const MOST_SHOWN = 10

/** Apps that no request of the test may reach, by what proxies are trusted. */
const stages = [
  { trustedProxies: [], unreachable: ['/nobody', '/far', '/secure', '/all'] },
  { trustedProxies: ['127.0.0.0/8'], unreachable: ['/nobody'] }
]

for (const { trustedProxies, unreachable } of stages) {
  test(`the planes agree about guards and rewritings, trusting ${trustedProxies[0] ?? 'nobody'}`, {
    skip: noHaproxy,
    timeout: LONGEST_RUN_MS
  }, async (t) => {
    const stage = await stagePlanes(t, guardedApps, '{}', { trustedProxies })
    const { table, notPortable } = stage
    const closed = notPortable.map(({ route }) => /^marathon:(.*?):0:/.exec(route)?.[1])
    assert.deepEqual(
      [...new Set(closed)].sort(),
      trustedProxies.length === 0 ? ['/all', '/secure'] : []
    )
    const { requests } = corpusOf(table, { seed: SEED, count: COUNT, fields })
    const { differences, accepted, services, kinds } = await comparePlanes(requests, stage)
    t.diagnostic(`${requests.length} requests: ${JSON.stringify([...kinds])}`)
    t.diagnostic(`accepted: ${JSON.stringify([...accepted])}`)
    const told = differences
      .slice(0, MOST_SHOWN)
      .map((one) => describeDifference(one, stage.haproxy))
    assert.equal(differences.length, 0, `${differences.length} differences:\n${told.join('\n')}`)
    for (const kind of ['GW_FORBIDDEN', 'GW_UNAUTHORIZED', 'GW_NO_ENDPOINT', '301'])
      assert.ok((kinds.get(kind) ?? 0) > 10, `no request was answered with ${kind}`)
    const reached = { proxy: new Set<string>(), haproxy: new Set<string>() }
    for (const seen of services.values()) {
      for (const plane of ['proxy', 'haproxy'] as const)
        for (const service of seen[plane]) reached[plane].add(service.slice(9, -2))
    }
    const expected = guardedApps
      .filter(({ id, tasks }) => tasks > 0 && !unreachable.includes(id))
      .map(({ id }) => id)
    for (const plane of ['proxy', 'haproxy'] as const)
      assert.deepEqual([...reached[plane]].sort(), [...expected].sort(), plane)
  })
}
