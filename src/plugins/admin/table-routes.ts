import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { checkValue } from '../../gateway/config/check-value.ts'
import { faultLine } from '../../gateway/config/config-error.ts'
import { renderExplanation } from '../../gateway/model/explain-text.ts'
import { shownRoute } from '../../gateway/model/shown-route.ts'
import type { RequestFacts, Table } from '../../gateway/model/table.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import { buildAdminPage } from './page.ts'

const explainQuery = Type.Object({
  url: Type.String({ default: '', maxLength: 8192 }),
  host: Type.String({ default: '', maxLength: 300 }),
  path: Type.String({ default: '/', pattern: '^/', maxLength: 8192 }),
  method: Type.String({ default: 'GET', minLength: 1, maxLength: 40 }),
  header: Type.Array(Type.String({ pattern: '^[^=]+=', maxLength: 4096 }), { default: [] })
})

interface ExplainQuery {
  readonly url: string
  readonly host: string
  readonly path: string
  readonly method: string
  readonly header: readonly string[]
}

/**
 * `/`, `/routes`, `/problems`, `/status` and `/explain`: what the table says, and why.
 *
 * @param others further paths that the page links to
 */
export async function serveTable(
  server: FastifyInstance,
  host: GatewayHost,
  others: readonly string[]
): Promise<void> {
  const page = buildAdminPage(['/routes', '/problems', '/status', ...others])
  server.get('/', (_request, reply) => {
    reply.header('content-security-policy', page.contentSecurityPolicy)
    reply.header('x-content-type-options', 'nosniff')
    return reply.type('text/html; charset=utf-8').send(page.html)
  })
  server.get('/routes', async (request, reply) => {
    const { table } = host
    const tag = `"${table.hash}"`
    // The page asks every two seconds, and the answer of a large cluster is megabytes.
    reply.headers({ etag: tag, 'cache-control': 'no-cache' })
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    return describeTable(table)
  })
  server.get('/problems', async () => ({ problems: host.problems }))
  server.get('/status', async () => host.status)
  server.get('/explain', async (request, reply) => {
    const asked = request.query as Record<string, string | string[]>
    const header = asked['header'] === undefined ? [] : [asked['header']].flat()
    const { value, faults } = checkValue(explainQuery, { ...asked, header })
    if (faults.length > 0) {
      const message = faults.map((fault) => faultLine('/explain', fault)).join('; ')
      return reply.code(400).send({ message })
    }
    const facts = factsOf(value as ExplainQuery)
    if (facts === undefined) {
      return reply.code(400).send({ message: '/explain: url: expected http://host/path' })
    }
    const explanation = host.explain(facts)
    if (request.headers.accept?.startsWith('text/plain') !== true) return explanation
    return reply.type('text/plain; charset=utf-8').send(renderExplanation(explanation))
  })
}

/** Routes with the services they lead to, in the order of their ids. */
function describeTable(table: Table) {
  return {
    hash: table.hash,
    routes: [...table.routes.values()].map((route) => ({
      ...shownRoute(route),
      services: route.services.map(({ service, weight }) => ({
        weight,
        ...table.services.get(service),
        id: service
      }))
    }))
  }
}

function factsOf({ url, host, path, method, header }: ExplainQuery): RequestFacts | undefined {
  const headers = new Map(
    header.map((pair) => {
      const equals = pair.indexOf('=')
      return [pair.slice(0, equals).trim().toLowerCase(), pair.slice(equals + 1)]
    })
  )
  const where = url === '' ? { host: host === '' ? undefined : host, target: path } : partsOf(url)
  return where && { ...where, method, header: (name) => headers.get(name) }
}

/** Cut, not parsed: what the client would send must be explained, not what a parser makes of it. */
function partsOf(url: string): { host: string; target: string } | undefined {
  const [, host, target = ''] = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(url) ?? []
  if (host === undefined) return undefined
  return { host, target: target.startsWith('/') ? target : `/${target}` }
}
