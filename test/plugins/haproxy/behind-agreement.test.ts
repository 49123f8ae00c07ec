import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { comparePlanes, type Sighting } from '../../../src/plugins/haproxy/agreement/compare.ts'
import { corpusOf } from '../../../src/plugins/haproxy/agreement/corpus.ts'
import { recordedHeads } from '../../../src/plugins/haproxy/agreement/recorded-heads.ts'
import type { WireAnswer } from '../../../src/plugins/haproxy/agreement/wire-client.ts'
import { agreementApps } from '../../support/agreement-apps.ts'
import { startBothPlanes, undecided } from '../../support/both-planes.ts'
import { type AppUnderTest, openFullLane } from '../../support/front-door.ts'
import { withoutHaproxy } from '../../support/haproxy.ts'

const COUNT = Number(process.env['RUNS'] ?? 1500)
const SEED = Number(process.env['SEED'] ?? 20_240_607)
const MOST_SHOWN = 10
const SEEN = 'x-seen'
/** Of one connection, which is not the same for two front doors. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['x-forwarded-port', 'connection'])

for (const [name, proxy] of [
  ['strangers', {}],
  ['trusted proxies', { trustedProxies: ['127.0.0.1'] }]
] as const) {
  test(`requests of ${name} are the same to tasks with HAProxy in front of the proxy plane`, {
    skip: withoutHaproxy,
    timeout: 300_000
  }, async (t) => {
    const apps = await Promise.all(agreementApps.map((app) => startApp(t, app)))
    const door = await openFullLane({ proxy })
    t.after(() => door.stop())
    // So that HAProxy decides nothing: what it sends on is what is compared.
    const both = await startBothPlanes({ proxy, plugins: [undecided] })
    t.after(() => both.stop())
    await Promise.all([door.publish(apps), both.publish(apps)])
    const { requests } = corpusOf(both.gateway.host.table, { seed: SEED, count: COUNT })
    const recorded = recordedHeads('plain0.local').map((head) => ({ head, services: [] }))
    const { differences, kinds } = await comparePlanes([...requests, ...recorded], {
      proxy: { host: '127.0.0.1', port: door.port },
      haproxy: { host: '127.0.0.1', port: both.ports[0] ?? 0 },
      sightingOf
    })
    const told = differences.slice(0, MOST_SHOWN).map((one) => JSON.stringify(one))
    assert.equal(differences.length, 0, `${differences.length} differences:\n${told.join('\n')}`)
    assert.ok((kinds.get('answered') ?? 0) > COUNT / 4, 'most requests were refused')
  })
}

/** Its tasks tell in a header what they saw. */
async function startApp(
  t: TestContext,
  { id, labels, tasks }: (typeof agreementApps)[number]
): Promise<AppUnderTest> {
  const ports: number[] = []
  for (let at = 0; at < tasks; at += 1) {
    const server = createServer(async (req, res) => {
      const body = Buffer.concat(await req.toArray()).toString('latin1')
      const { method, url, rawHeaders } = req
      const seen = JSON.stringify({ service: `test:${id}:0`, method, url, rawHeaders, body })
      res.setHeader(SEEN, Buffer.from(seen).toString('base64')).end('seen')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => void server.close().closeAllConnections())
    ports.push((server.address() as AddressInfo).port)
  }
  return { id, labels, ports }
}

function sightingOf({ head }: WireAnswer): Sighting | undefined {
  const encoded = new RegExp(`^${SEEN}: (\\S+)`, 'im').exec(head)?.[1]
  if (encoded === undefined) return undefined
  const { service, method, url, rawHeaders, body } = JSON.parse(
    Buffer.from(encoded, 'base64').toString('utf8')
  )
  const fields = (rawHeaders as string[]).flatMap((name, at): [string, string][] =>
    at % 2 === 1 || OWN_FIELDS.has(name.toLowerCase()) ? [] : [[name, rawHeaders[at + 1]]]
  )
  return { service, method, target: url, fields: [...fields, ['(body)', body]] }
}
