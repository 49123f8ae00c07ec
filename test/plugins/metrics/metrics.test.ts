import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import supertest from 'supertest'
import { allMetrics, PREFIX } from '../../../src/plugins/metrics/definitions.ts'
import { metricsPlugin } from '../../../src/plugins/metrics/index.ts'
import type { TestGatewayOptions } from '../../../src/testing/create-test-gateway.ts'
import { startAdmin } from '../../support/admin-under-test.ts'
import { eventually } from '../../support/eventually.ts'
import { pluginOf } from '../../support/plugin-under-test.ts'

async function started(t: TestContext, options: TestGatewayOptions = {}, own: object = {}) {
  const plugins = [...(options.plugins ?? []), { plugin: metricsPlugin, options: own }]
  const { gateway, admin } = await startAdmin(t, {}, { ...options, plugins })
  const scrape = async () => (await supertest(admin).get('/metrics').expect(200)).text
  return { gateway, admin, scrape }
}

/** Value of the line with these labels; undefined when there is none. */
function figure(text: string, name: string, ...labels: readonly string[]): number | undefined {
  const line = text
    .split('\n')
    .find(
      (one) => one.startsWith(`${PREFIX}${name}`) && labels.every((label) => one.includes(label))
    )
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
}

for (const lane of ['full', 'wire'] as const) {
  test(`${lane} lane: requests by app, route, class and code, and how long they took`, async (t) => {
    const { gateway, scrape } = await started(t, {
      proxy: { lane },
      apps: [{ id: '/shop/api' }, { id: '/empty', tasks: 0 }]
    })
    for (const _ of [1, 2, 3])
      await gateway.request('http://api.shop.local/a', { method: 'POST', body: 'abc' })
    await gateway.request('http://empty.local/')
    await gateway.request('http://nobody.local/')
    await eventually('five outcomes', () => gateway.outcomes.length === 5)
    const text = await scrape()
    assert.equal(figure(text, 'requests_total{', 'app="/shop/api"', 'class="2xx"', 'code=""'), 3)
    assert.equal(figure(text, 'requests_total{', 'app="/empty"', 'code="GW_NO_ENDPOINT"'), 1)
    assert.equal(figure(text, 'requests_total{', 'app=""', 'class="4xx"', 'code="GW_NO_ROUTE"'), 1)
    assert.equal(figure(text, 'request_duration_seconds_count{', 'app="/shop/api"'), 3)
    assert.equal(
      figure(text, 'request_duration_seconds_bucket{', 'app="/shop/api"', 'le="+Inf"'),
      3
    )
    assert.equal(figure(text, 'request_bytes_total{', 'app="/shop/api"'), 9)
    assert.ok((figure(text, 'response_bytes_total{', 'app="/shop/api"') ?? 0) > 9)
    assert.equal(figure(text, 'requests_in_flight'), 0)
    assert.equal(figure(text, 'connections_total'), figure(text, 'connections_total'))
    assert.ok((figure(text, 'connections_total') ?? 0) >= 1)
    assert.equal(figure(text, 'ready'), 1)
    assert.equal(figure(text, 'table_routes'), 4)
    assert.equal(figure(text, 'table_endpoints'), 1)
    assert.ok((figure(text, 'table_swaps_total') ?? 0) >= 1)
    assert.equal(figure(text, 'source_failing{', 'source="test"'), 0)
    assert.ok((figure(text, 'source_age_seconds{', 'source="test"') ?? -1) >= 0)
    assert.match(text, /^process_cpu_seconds_total \d/m)
    assert.match(text, /^nodejs_eventloop_lag_p99_seconds \d/m)
    assert.match(text, /^process_open_fds \d/m)
  })
}

test('what /metrics says is in the text format, and each metric is one that is described', async (t) => {
  const { gateway, scrape } = await started(t, { apps: [{ id: '/myapp' }] })
  await gateway.request('http://myapp.local/')
  await eventually('the outcome', () => gateway.outcomes.length === 1)
  const text = await scrape()
  const known = new Set(allMetrics.map(({ name }) => PREFIX + name))
  const sample =
    /^([a-z0-9_:]+)(\{([a-zA-Z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (-?[0-9.e+-]+|\+Inf|Nan|NaN)$/
  let type: string | undefined
  for (const line of text
    .trimEnd()
    .split('\n')
    .filter((one) => one !== '')) {
    const declared = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line)
    if (declared !== null) [, type] = declared
    else if (!line.startsWith('# HELP ')) {
      const [, name = ''] = sample.exec(line) ?? []
      assert.ok(name.startsWith(type ?? '?'), `${line} is not under ${type}`)
      if (name.startsWith(PREFIX)) assert.ok(known.has(type ?? ''), name)
    }
  }
})

test('failed attempts are told by reason and by what they led to', async (t) => {
  const { gateway, scrape } = await started(t, {
    apps: [{ id: '/myapp', answer: (req) => req.socket.destroy() }]
  })
  await gateway.request('http://myapp.local/')
  await eventually('the outcome', () => gateway.outcomes.length === 1)
  const text = await scrape()
  const failed = text
    .split('\n')
    .filter((line) => line.startsWith(`${PREFIX}attempts_failed_total{`))
  assert.equal(failed.length, 1)
  assert.match(failed[0] ?? '', /app="\/myapp",reason="(closed|reset)",then="no-endpoint"\} 1/)
})

test('labels have no values of clients’ making, and routes beyond the limit count together', async (t) => {
  const apps = ['/a', '/b', '/c'].map((id) => ({ id }))
  const { gateway, scrape } = await started(t, { apps }, { maxRoutes: 2 })
  for (let i = 0; i < 50; i++) await gateway.request(`http://host${i}.local/path${i}`)
  for (const id of ['a', 'b', 'c']) await gateway.request(`http://${id}.local/`)
  await eventually('all outcomes', () => gateway.outcomes.length === 53)
  const text = await scrape()
  const lines = text.split('\n').filter((line) => line.startsWith(`${PREFIX}requests_total{`))
  assert.equal(lines.length, 4)
  assert.equal(figure(text, 'requests_total{', 'app="other"', 'route="other"'), 1)
  assert.doesNotMatch(text, /host7|path7/)
})

test('numbers of plugins appear by themselves, and what they add stands in front', async (t) => {
  const keeper = pluginOf('keeper', (host) => {
    host.stats('mine', () => ({ apples: 3 }))
    host.metrics('mine', async function* own(query) {
      yield `pears{query="${query}"} 4\n`
    })
    host.metrics('broken', async function* broken() {
      yield 'plums 1\n'
      throw new Error('no more')
    })
  })
  const { admin } = await started(t, { plugins: [keeper] })
  const { text } = await supertest(admin).get('/metrics?scope=x').expect(200)
  assert.ok(text.startsWith('pears{query="scope=x"} 4\nplums 1\n#'))
  assert.match(text, /^marathon_gateway_stat\{keeper="mine",name="apples"\} 3$/m)
  const again = await supertest(admin).get('/metrics').expect(200)
  assert.match(again.text, /^marathon_gateway_faults_total\{where="stats"\} 1$/m)
  await supertest(admin).get('/metrics?a=%20b').expect(400)
})

test('metrics.enabled: false leaves nothing behind', async (t) => {
  const { admin } = await started(t, {}, { enabled: false })
  await supertest(admin).get('/metrics').expect(404)
})
