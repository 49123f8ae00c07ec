import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'

/** @fastify/http-proxy with its fastest client, the fields the others send, and no retries of its own. */
export async function start(port, originOf) {
  const app = fastify({
    logger: false,
    bodyLimit: Number.MAX_SAFE_INTEGER,
    keepAliveTimeout: 300_000,
    requestTimeout: 0
  })
  app.addHook('onRequest', async (request, reply) => {
    request.origin = originOf(request.headers.host)
    if (request.origin === undefined) return reply.code(404).send()
  })
  app.decorateRequest('origin', undefined)
  await app.register(httpProxy, {
    upstream: '',
    undici: { connections: 1024, pipelining: 1 },
    replyOptions: {
      getUpstream: ({ origin }) => origin,
      retryDelay: () => null,
      rewriteRequestHeaders: (request, headers) => ({
        ...headers,
        host: request.headers.host,
        'x-forwarded-for': request.socket.remoteAddress,
        'x-forwarded-proto': 'http',
        'x-forwarded-host': request.headers.host
      })
    }
  })
  await app.listen({ port, host: '127.0.0.1', backlog: 4096 })
}
