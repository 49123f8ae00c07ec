import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { Value } from 'typebox/value'
import { checkValue } from '../../../src/gateway/config/check-value.ts'
import type { GatewayHost } from '../../../src/gateway/plugin.ts'
import { refreshPlugin } from '../../../src/plugins/refresh/index.ts'
import { until } from '../../support/until.ts'

const EVERY_SECOND = '* * * * * *'

interface Given {
  readonly cron?: string
  readonly mode?: 'events-and-interval' | 'events' | 'interval'
  readonly role?: GatewayHost['role']
}

/** A Fastify with the part of the host that the plugin uses. */
async function withRefresh(t: TestContext, given: Given) {
  const reasons: string[] = []
  const app: FastifyInstance = fastify()
  const host: Partial<GatewayHost> = {
    role: given.role ?? 'both',
    log: app.log,
    refresh: (reason) => void reasons.push(reason)
  }
  app.decorate('gateway', host as GatewayHost)
  const { role: _, ...options } = given
  await refreshPlugin.register(app, Value.Default(refreshPlugin.options, options) as never)
  t.after(() => app.close())
  return { app, reasons }
}

test('refresh asks for a read at each time of its schedule, and not after close', async (t) => {
  const { app, reasons } = await withRefresh(t, { cron: EVERY_SECOND })
  await app.ready()
  await until(() => reasons.length >= 2, 'two runs')
  assert.equal(reasons[0], 'cron')
  await app.close()
  const atClose = reasons.length
  await new Promise((resolve) => setTimeout(resolve, 1200))
  assert.equal(reasons.length, atClose)
})

const silent: readonly (Given & { name: string })[] = [
  { name: 'in mode events', mode: 'events', cron: EVERY_SECOND },
  { name: 'with an empty expression', cron: '' },
  { name: 'in a process that carries traffic only', role: 'traffic', cron: EVERY_SECOND }
]

for (const { name, ...given } of silent) {
  test(`refresh has no schedule ${name}`, async (t) => {
    const { app, reasons } = await withRefresh(t, given)
    await app.ready()
    await new Promise((resolve) => setTimeout(resolve, 1200))
    assert.deepEqual(reasons, [])
  })
}

for (const cron of ['every minute', '99 * * * * *', '* * *']) {
  test(`refresh names the option when the expression is "${cron}"`, () => {
    const [fault, ...others] = checkValue(refreshPlugin.options, { cron }, ['refresh']).faults
    assert.deepEqual([fault?.path, others], [['refresh', 'cron'], []])
    assert.match(fault?.reason ?? '', /^must be a cron expression such as .*, found "/)
  })
}

test('refresh reads every 30 s unless told otherwise', () => {
  assert.deepEqual(Value.Default(refreshPlugin.options, {}), {
    mode: 'events-and-interval',
    cron: '*/30 * * * * *'
  })
})
