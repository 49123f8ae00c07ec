import { Type } from 'typebox'
import { checkValue } from '../../gateway/config/check-value.ts'
import { faultLine } from '../../gateway/config/config-error.ts'
import { definePlugin } from '../../gateway/plugin.ts'
import type { Crew } from './crew.ts'

/** As many as the option `workers` takes. */
const change = Type.Object(
  { count: Type.Integer({ minimum: 1, maximum: 64 }) },
  { additionalProperties: false }
)

/** `/workers` on the admin side: the processes that carry the traffic, and how many there are to be. */
export function workersPluginFor(crew: Crew) {
  return definePlugin({
    name: 'workers',
    options: Type.Object({}, { additionalProperties: false }),
    register(app) {
      const { gateway: host } = app
      host.admin('/workers', (admin) => {
        admin.get('/', async () => describe(crew))
        admin.put('/', async (request, reply) => {
          const { value, faults } = checkValue(change, request.body)
          if (faults.length > 0) {
            const message = faults.map((fault) => faultLine('/workers', fault)).join('; ')
            return reply.code(400).send({ message })
          }
          const { count } = value as { count: number }
          host.log.info({ count, before: crew.count }, 'the number of workers changes')
          crew.setCount(count)
          return describe(crew)
        })
      })
    }
  })
}

function describe({ count, replaced, workers }: Crew) {
  return { count, replaced, workers }
}
