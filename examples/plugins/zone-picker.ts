import { definePlugin, Type } from 'marathon-gateway'

/**
 * A picker that stays in its own zone: `"gateway.picker": "zone"` sends requests to tasks on agents
 * of this zone, and to others only when none of its own is left.
 */
export const zonePicker = definePlugin({
  name: 'zone-picker',
  options: Type.Object({
    zone: Type.String({
      minLength: 1,
      description: 'What the host names of the agents of this zone begin with.'
    })
  }),
  register(app, { zone }) {
    app.gateway.picker('zone', (_service, endpoints, _previous, { random }) => {
      // Made once per service and table, so that a request costs little.
      const near = endpoints.filter(({ agent }) => agent.startsWith(zone))
      const far = endpoints.filter(({ agent }) => !agent.startsWith(zone))
      return (_request, tried) => {
        const left = [near, far].map((some) => some.filter((one) => !tried.includes(one)))
        const choice = left.find((some) => some.length > 0) ?? []
        return choice[Math.floor(random() * choice.length)]
      }
    })
  }
})
