import { type Static, Type } from 'typebox'
import { attemptText } from '../../gateway/http/upstream/ledger.ts'
import type { Table } from '../../gateway/model/table.ts'
import { definePlugin, type Outcome } from '../../gateway/plugin.ts'

const options = Type.Object(
  {
    enabled: Type.Boolean({
      default: false,
      description:
        'Write one line per request to the log, at level `info`: who asked for what, which task answered, how, and how long it took.'
    })
  },
  { additionalProperties: false, description: 'The access log.' }
)

/** Longest target that is written; the rest of a longer one is cut. */
const LONGEST_TARGET = 1024

/** One line per finished request, of either lane. An observer: it never slows a request down. */
export const accessLogPlugin = definePlugin({
  name: 'access-log',
  options,
  register(app, { enabled }: Static<typeof options>) {
    if (!enabled) return
    const { gateway: host } = app
    host.observer((outcome) => host.log.info(accessLine(outcome, host.table), 'access'))
  }
})

/** The fields of a line; what is undefined is not written. */
function accessLine(outcome: Outcome, table: Table) {
  const { endpoint, target, attempts } = outcome
  const { client, method, host, status, code, bytesIn, bytesOut } = outcome
  return {
    at: new Date(outcome.at).toISOString(),
    client,
    method,
    host: host?.slice(0, LONGEST_TARGET),
    target: target.slice(0, LONGEST_TARGET),
    status,
    code,
    app: appOf(outcome, table),
    task: endpoint?.taskId,
    endpoint: endpoint && `${endpoint.host}:${endpoint.port}`,
    // The ledger, where something went wrong.
    attempts: attempts[0]?.then === undefined ? undefined : attempts.map(attemptText),
    ms: outcome.durationMs,
    bytesIn,
    bytesOut,
    aborted: outcome.aborted || undefined
  }
}

/** The app whose task answered; without a task, the one the route belongs to. */
function appOf({ route, endpoint }: Outcome, table: Table): string | undefined {
  const services = route?.services.flatMap(({ service }) => table.services.get(service) ?? []) ?? []
  const own =
    services.length === 1
      ? services[0]
      : services.find(({ endpoints }) => endpoints.some(({ id }) => id === endpoint?.id))
  return own?.origin.app ?? route?.origins['service']?.app
}
