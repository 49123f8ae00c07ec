import { Readable } from 'node:stream'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { type Static, Type } from 'typebox'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'
import { register } from './collected.ts'
import { tableSamples } from './table-samples.ts'
import { TrafficCounts } from './traffic-counts.ts'
import { samplesOf, TRAFFIC } from './traffic-samples.ts'

const options = Type.Object(
  {
    enabled: Type.Boolean({
      default: true,
      description: 'Count requests, and answer `/metrics` on the admin side; see docs/metrics.md.'
    }),
    maxRoutes: Type.Integer({
      default: 2000,
      minimum: 1,
      maximum: 100_000,
      description:
        'Most routes that are counted by themselves; requests of further ones count under `other`.'
    })
  },
  { additionalProperties: false, description: 'Numbers for Prometheus.' }
)

export type MetricsOptions = Static<typeof options>

export const METRICS_PATH = '/metrics'
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
/** Of an exporter behind, such as `scope=backend&no-maint`. */
const QUERY = /^[A-Za-z0-9_.=&-]*$/

/**
 * `/metrics` in Prometheus' format: traffic of all processes, the table and its sources, this process, and what other
 * plugins add. An observer: counting is a few additions, the text is made when somebody asks.
 */
export const metricsPlugin = definePlugin({
  name: 'metrics',
  options,
  register(app, { enabled, maxRoutes }: MetricsOptions) {
    if (!enabled) return
    const host = app.gateway
    const counts = new TrafficCounts({ maxRoutes, table: () => host.table, now: Date.now })
    host.observer((outcome) => counts.count(outcome))
    host.stats(TRAFFIC, () => counts.read())
    if (host.role === 'traffic') return
    const text = createText(host)
    host.admin(METRICS_PATH, (admin) => {
      admin.get('/', async ({ raw }, reply) => {
        const query = queryOf(raw.url)
        if (!QUERY.test(query)) return reply.code(400).send({ message: 'not a query of metrics' })
        return reply.type(CONTENT_TYPE).send(Readable.from(joined(host, query, await text())))
      })
    })
  }
})

/** Makes the text anew each time it is called. */
function createText(host: GatewayHost): () => Promise<string> {
  const own = new Registry()
  collectDefaultMetrics({ register: own })
  const swaps: { count: number; lastAt: number | undefined } = { count: 0, lastAt: undefined }
  host.onChange(({ at }) => {
    swaps.count++
    swaps.lastAt = at
  })
  return async () => {
    const registry = new Registry()
    const samples = [...samplesOf(await host.readStats()), ...tableSamples(host, swaps, Date.now())]
    for (const [definition, of] of samples) register(registry, definition, of)
    // prom-client parts metrics by empty lines.
    return `${await registry.metrics()}${await own.metrics()}`.replace(/\n{2,}/g, '\n')
  }
}

/** What others add stands in front: what one of them says wrongly can't hide what is ours. */
async function* joined(host: GatewayHost, query: string, own: string) {
  for (const [name, write] of host.parts.metrics) {
    try {
      yield* write(query)
    } catch (error) {
      host.fault('stats', error, { part: name })
    }
  }
  yield own
}

function queryOf(url = ''): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}
