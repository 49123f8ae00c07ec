import { definePlugin, Type } from 'marathon-gateway'

/**
 * A hook set: apps with `"gateway.hooks": "tenant"` get requests of known tenants only. The tenant is
 * the key's owner; the task sees the tenant, never the key.
 */
export const tenantHook = definePlugin({
  name: 'tenant',
  options: Type.Object({
    keys: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: 'Tenants by their keys.'
    })
  }),
  labels: Type.Object({
    only: Type.Optional(Type.String({ minLength: 1, description: 'The one tenant let in.' }))
  }),
  register(app, { keys }) {
    const tenants = new Map(Object.entries(keys))
    app.gateway.hooks('tenant', {
      async preHandler({ outgoing, route }, reply) {
        const tenant = tenants.get(outgoing.get('x-key') ?? '')
        if (tenant === undefined) return reply.code(401).send({ message: 'x-key is asked for' })
        const { only } = (route.settings['tenant'] ?? {}) as { only?: string }
        if (only !== undefined && only !== tenant) {
          return reply.code(403).send({ message: 'this app is for another tenant' })
        }
        outgoing.remove('x-key')
        outgoing.set('x-tenant', tenant)
        return undefined
      }
    })
  }
})
