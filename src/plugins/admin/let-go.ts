import type { FastifyInstance } from 'fastify'
import type { GatewayHost } from '../../gateway/plugin.ts'

/**
 * `POST /let-go`: the operator says that what sources no longer name, and what therefore is held, is
 * gone. Answers with the names of the sources that held something.
 */
export function serveLetGo(server: FastifyInstance, host: GatewayHost): void {
  server.post('/let-go', async () => {
    const sources = host.letGo()
    if (sources.length > 0) host.log.warn({ sources }, 'an operator let go of what was held')
    return { sources }
  })
}
