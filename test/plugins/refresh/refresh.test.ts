import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import fastify, { type FastifyInstance } from 'fastify'
import { Value } from 'typebox/value'
import { checkValue } from '../../../src/gateway/config/check-value.ts'
import type { Failure } from '../../../src/gateway/http/upstream/exchange.ts'
import { failedAttempt } from '../../../src/gateway/http/upstream/ledger.ts'
import type { Endpoint } from '../../../src/gateway/model/route.ts'
import type { GatewayHost, Outcome } from '../../../src/gateway/plugin.ts'
import { refreshPlugin } from '../../../src/plugins/refresh/index.ts'
import { eventually } from '../../support/eventually.ts'

const EVERY_SECOND = '* * * * * *'

interface Given {
  readonly cron?: string
  readonly mode?: 'events-and-interval' | 'events' | 'interval'
  readonly role?: GatewayHost['role']
  readonly whenRefused?: boolean
}

/** A Fastify with the part of the host that the plugin uses. */
async function withRefresh(t: TestContext, given: Given) {
  const reasons: string[] = []
  const observers: ((outcome: Outcome) => void)[] = []
  const app: FastifyInstance = fastify()
  const host: Partial<GatewayHost> = {
    role: given.role ?? 'both',
    log: app.log,
    refresh: (reason) => void reasons.push(reason),
    observer: (one) => void observers.push(one)
  }
  app.decorate('gateway', host as GatewayHost)
  const { role: _, ...options } = given
  await refreshPlugin.register(app, Value.Default(refreshPlugin.options, options) as never)
  t.after(() => app.close())
  return { app, reasons, observers }
}

test('refresh asks for a read at each time of its schedule, and not after close', async (t) => {
  const { app, reasons } = await withRefresh(t, { cron: EVERY_SECOND })
  await app.ready()
  await eventually('two runs', () => reasons.length >= 2)
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
    cron: '*/30 * * * * *',
    whenRefused: true
  })
})

for (const role of ['both', 'traffic'] as const) {
  test(`refresh reads when a task takes no connection, in role ${role}`, async (t) => {
    const { reasons, observers } = await withRefresh(t, { role, mode: 'events' })
    const [observe] = observers
    observe?.(outcomeOf('connect'))
    assert.deepEqual(reasons, ['no connection to 10.0.0.7:31001'])
  })
}

test('refresh with whenRefused false observes nothing', async (t) => {
  const { observers } = await withRefresh(t, { whenRefused: false })
  assert.deepEqual(observers, [])
})

function outcomeOf(phase: 'connect'): Outcome {
  const endpoint = { id: 'a', host: '10.0.0.7', port: 31_001 } as Endpoint
  const failure = { reason: 'refused', phase, reused: false, bytesSent: 0, bytesRead: 0 } as Failure
  return { attempts: [failedAttempt(endpoint, failure, 1, 'repeated')] } as unknown as Outcome
}
