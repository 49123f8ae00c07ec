import type { AddressInfo } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { definePlugin, type GatewayHost } from '../../gateway/plugin.ts'
import {
  authorityOf,
  refuseForeignNames,
  refuseOtherOrigins,
  requireToken,
  tokenOf
} from './access.ts'
import { serveLetGo } from './let-go.ts'
import { serveMarathon } from './marathon.ts'
import { type AdminOptions, adminOptions } from './options.ts'
import { serveTable } from './table-routes.ts'

/** The operators' side, on its own port: what routes exist and why, and Marathon's own page. */
export const adminPlugin = definePlugin({
  name: 'admin',
  options: adminOptions,
  register(app, options: AdminOptions) {
    const host = app.gateway
    if (host.role === 'traffic') return
    const server = fastify({ logger: false, forceCloseConnections: true })
    app.addHook('onReady', async () => {
      await mount(server, host, options)
      await server.listen({ host: options.host, port: options.port })
      const [address] = server.addresses() as AddressInfo[]
      host.listening({
        name: 'admin side',
        operators: true,
        host: options.host,
        port: address?.port ?? options.port
      })
    })
    app.addHook('onClose', () => server.close())
  }
})

async function mount(
  server: FastifyInstance,
  host: GatewayHost,
  options: AdminOptions
): Promise<void> {
  const token = tokenOf(options)
  const marathon = options.marathonUrl !== '' && (token !== '' || options.marathonWithoutToken)
  refuseForeignNames(server, options.hostNames)
  if (token !== '') requireToken(server, token)
  refuseOtherOrigins(server)
  const own = [...host.parts.adminRoutes.keys(), ...(marathon ? ['/marathon/'] : [])]
  await serveTable(server, host, own)
  serveLetGo(server, host)
  for (const [prefix, routes] of host.parts.adminRoutes) {
    await server.register(async (scope) => routes(scope), { prefix })
  }
  if (!marathon) {
    if (options.marathonUrl === '') return
    host.log.info('/marathon/ is off: it needs admin.token or admin.tokenFile')
    return
  }
  await server.register(async (scope) => {
    await serveMarathon(scope, host.log, {
      url: options.marathonUrl,
      authorization: options.marathonAuthorization,
      ca: authorityOf(options),
      insecureSkipVerify: options.marathonInsecureSkipVerify
    })
  })
}
