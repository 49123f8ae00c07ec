import httpProxy from '@fastify/http-proxy'
import type { FastifyInstance } from 'fastify'

const PREFIX = '/marathon'

/** Marathon's own page and API under `/marathon/`, as Marathon serves them. */
export async function serveMarathon(server: FastifyInstance, upstream: string): Promise<void> {
  server.get(PREFIX, (_request, reply) => reply.redirect(`${PREFIX}/`, 302))
  await server.register(httpProxy, {
    upstream,
    prefix: `${PREFIX}/`,
    rewritePrefix: '/',
    httpMethods: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT', 'OPTIONS'],
    // An event stream has no end.
    undici: { headersTimeout: 60_000, bodyTimeout: 0 },
    replyOptions: {
      // The default asks ten times more after a 503.
      retryDelay: () => null,
      rewriteRequestHeaders: (_request, headers) => {
        // The token opens the admin side and is none of Marathon's business.
        const { authorization: _token, ...others } = headers
        return others
      },
      rewriteHeaders: (headers) => {
        const { location } = headers
        if (typeof location !== 'string' || !location.startsWith('/')) return headers
        return { ...headers, location: `${PREFIX}${location}` }
      },
      onError: (reply, { error }) => {
        reply.log.warn({ err: error }, 'Marathon did not answer')
        reply.code(502).send({ message: 'Marathon did not answer' })
      }
    }
  })
}
