import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { mostStandIns, startStandIns } from '../../../../src/plugins/haproxy/agreement/stand-ins.ts'
import { wireClient } from '../../../../src/plugins/haproxy/agreement/wire-client.ts'
import { endpointAt, routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const TABLE = tableOf(
  [
    serviceOf('/a', [31_000, 31_001], {
      endpoints: [31_000, 31_001].map((port) =>
        endpointAt(port, { host: '192.0.2.1', agent: 'agent-1', cookie: `c${port}` })
      )
    }),
    serviceOf('/b', [31_002]),
    serviceOf('/empty', [])
  ],
  [routeTo(['/a'], { host: 'a.test' })]
)

async function standIns(t: TestContext) {
  const started = await startStandIns(TABLE)
  t.after(() => started.close())
  const ask = async (service: string, bytes: string) => {
    const [endpoint] = started.table.services.get(service)?.endpoints ?? []
    const client = wireClient({ host: '127.0.0.1', port: endpoint?.port ?? 0 })
    const answer = await client.ask(bytes, 'GET')
    client.close()
    return answer
  }
  return { ...started, ask }
}

test('stand-ins take the place of every address, and nothing else of the table', async (t) => {
  const { table } = await standIns(t)
  const moved = table.data.services.map((service) => ({
    ...service,
    endpoints: service.endpoints.map(({ host, agent, port, ...rest }) => {
      assert.deepEqual([host, agent], ['127.0.0.1', '127.0.0.1'])
      const before = TABLE.services.get(service.id)?.endpoints.find(({ id }) => id === rest.id)
      assert.notEqual(port, before?.port)
      return before
    })
  }))
  assert.deepEqual(moved, TABLE.data.services)
  assert.deepEqual(table.data.routes, TABLE.data.routes)
  const ports = table.data.services.flatMap(({ endpoints }) => endpoints.map(({ port }) => port))
  assert.equal(new Set(ports).size, 2)
})

test('a stand-in tells its service and what it saw, once', async (t) => {
  const { ask, sightingOf } = await standIns(t)
  const answer = await ask(
    'marathon:/b:0',
    'POST /x?y HTTP/1.1\r\nHost: b.test\r\nX-Twice: 1\r\nX-Twice: 2\r\nContent-Length: 2\r\n\r\nok'
  )
  assert.deepEqual(sightingOf(answer), {
    service: 'marathon:/b:0',
    method: 'POST',
    target: '/x?y',
    fields: [
      ['Host', 'b.test'],
      ['X-Twice', '1'],
      ['X-Twice', '2'],
      ['Content-Length', '2'],
      ['(body)', 'ok']
    ]
  })
  assert.equal(sightingOf(answer), undefined)
})

test('a malformed request is seen as such, and not refused by the stand-in', async (t) => {
  const { ask, sightingOf } = await standIns(t)
  const answer = await ask('marathon:/a:0', 'odd / HTTP/1.1\r\nHost: a\r\n\r\n')
  assert.equal(answer.status, 200)
  assert.deepEqual(sightingOf(answer), {
    service: 'marathon:/a:0',
    method: 'malformed (HPE_INVALID_METHOD)'
  })
})

test('the number of stand-ins has a limit', async () => {
  const most = await mostStandIns()
  assert.ok(most >= 1 && most <= 2000, `${most}`)
})
