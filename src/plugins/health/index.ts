import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'

const options = Type.Object(
  {
    listen: Type.String({
      default: '',
      pattern: '^(|([^\\s/@]*:)?[0-9]{1,5})$',
      expected: 'empty, a port, or an address and a port such as 0.0.0.0:9091',
      description:
        'Address and port (`0.0.0.0:9091`, `[::]:9091`, `9091`) where `/healthz` and `/readyz` alone answer, for load balancers and Marathon’s checks. Empty: on the admin side only.'
    })
  },
  { additionalProperties: false, description: 'Answers about the gateway’s own state.' }
)

/**
 * `/healthz`: the process is alive. `/readyz`: it has a table and is not stopping; says how old the
 * news of each source is. Both on the admin side, and on an address of their own if one is given.
 */
export const healthPlugin = definePlugin({
  name: 'health',
  options,
  register(app, { listen }: Static<typeof options>) {
    const host = app.gateway
    host.admin('/healthz', (admin) => serveAlive(admin))
    host.admin('/readyz', (admin) => serveReady(admin, host))
    if (listen !== '' && host.role !== 'traffic')
      app.register((own) => serveAlone(own, host, listen))
  }
})

/** A listener of its own, up as long as the plugin. */
async function serveAlone(app: FastifyInstance, host: GatewayHost, listen: string): Promise<void> {
  const server = fastify({ logger: false, forceCloseConnections: true })
  server.register((scope) => serveAlive(scope), { prefix: '/healthz' })
  server.register((scope) => serveReady(scope, host), { prefix: '/readyz' })
  app.addHook('onReady', async () => {
    const bind = bindOf(listen)
    await server.listen(bind)
    host.listening({
      name: 'health checks',
      ...bind,
      port: (server.addresses()[0] as AddressInfo).port
    })
  })
  app.addHook('onClose', () => server.close())
}

function bindOf(listen: string): { host: string; port: number } {
  const colon = listen.lastIndexOf(':')
  const address = colon < 0 ? '' : listen.slice(0, colon).replace(/^\[|\]$/g, '')
  return { host: address === '' ? '0.0.0.0' : address, port: Number(listen.slice(colon + 1)) }
}

async function serveAlive(app: FastifyInstance): Promise<void> {
  app.get('/', { config: { open: true } }, async () => ({ status: 'alive' }))
}

async function serveReady(app: FastifyInstance, host: GatewayHost): Promise<void> {
  app.get('/', { config: { open: true } }, async (_request, reply) => {
    const { ready, stopping, sources } = host.status
    const now = Date.now()
    const ages = sources.map(({ name, takenAt, failure, stale, held }) => ({
      source: name,
      ageSeconds: takenAt === undefined ? null : Math.round((now - takenAt) / 100) / 10,
      failure: failure ?? null,
      stale,
      heldTasks: held?.taskCount ?? 0
    }))
    const status = stopping ? 'stopping' : ready ? 'ready' : 'no table yet'
    reply.code(ready && !stopping ? 200 : 503)
    return { status, sources: ages }
  })
}
