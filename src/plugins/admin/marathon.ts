import { ServerResponse } from 'node:http'
import httpProxy from '@fastify/http-proxy'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'

const PREFIX = '/marathon'

/** The Marathon that is shown. */
export interface ShownMarathon {
  readonly url: string
  /** Value of the Authorization header it is asked with; empty: none. */
  readonly authorization: string
  /** PEM of the authority that signed its certificate; undefined: those of Node. */
  readonly ca: string | undefined
  readonly insecureSkipVerify: boolean
}

/**
 * Marathon's own page and API under `/marathon/`, as Marathon serves them. Who may open the admin
 * side acts at Marathon with the gateway's rights.
 */
export async function serveMarathon(
  server: FastifyInstance,
  log: FastifyBaseLogger,
  { url: upstream, authorization, ca, insecureSkipVerify }: ShownMarathon
): Promise<void> {
  server.get(PREFIX, (_request, reply) => reply.redirect(`${PREFIX}/`, 302))
  await server.register(httpProxy, {
    upstream,
    prefix: `${PREFIX}/`,
    rewritePrefix: '/',
    internalRewriteLocationHeader: false,
    httpMethods: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT', 'OPTIONS'],
    undici: {
      headersTimeout: 60_000,
      // An event stream has no end.
      bodyTimeout: 0,
      connect: { ca, rejectUnauthorized: !insecureSkipVerify }
    },
    replyOptions: {
      // The default asks ten times more after a 503.
      retryDelay: () => null,
      rewriteRequestHeaders: (_request, headers) => {
        // The client's opens the admin side and is none of Marathon's business.
        const { authorization: _token, ...others } = headers
        return authorization === '' ? others : { ...others, authorization }
      },
      rewriteHeaders: (headers) => {
        const location = shownLocation(headers.location, upstream)
        return location === undefined ? headers : { ...headers, location }
      },
      onResponse: (_request, reply, response) => {
        // Typed as the answer itself; it is an object that holds the answer's stream.
        reply.send(Reflect.get(response, 'stream'))
        // Node waits with the head for the first byte, and an event stream may be silent for long.
        if (reply.raw instanceof ServerResponse) reply.raw.flushHeaders()
      },
      onError: (reply, { error }) => {
        log.warn({ err: error }, 'Marathon did not answer')
        reply.code(502).send({ message: 'Marathon did not answer' })
      }
    }
  })
}

/** Where a redirect of Marathon to itself leads here; undefined for any other. */
function shownLocation(location: unknown, upstream: string): string | undefined {
  if (typeof location !== 'string') return undefined
  const { origin } = new URL(upstream)
  const path = location.startsWith(`${origin}/`) ? location.slice(origin.length) : location
  return path.startsWith('/') && !path.startsWith('//') ? `${PREFIX}${path}` : undefined
}
