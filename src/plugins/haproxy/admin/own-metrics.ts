import type { KeeperStatus } from '../apply/keeper-options.ts'

const PREFIX = 'marathon_gateway_haproxy'

/** What the gateway itself did to HAProxy, in Prometheus' text format 0.0.4. */
export function ownMetrics({ counts, state, settled }: KeeperStatus): string {
  const { reloads, starts, repairs, refusals } = counts
  return [
    ...metric('reloads_total', 'counter', 'Reloads of HAProxy', reloads),
    ...metric('starts_total', 'counter', 'Starts of HAProxy by the gateway', starts),
    ...metric('repairs_total', 'counter', 'Commands that repaired what others changed', repairs),
    ...metric('refusals_total', 'counter', 'Commands that HAProxy refused', refusals),
    ...metric('failing', 'gauge', 'HAProxy is not in step, or does not run', state === 'failing'),
    ...metric('settled', 'gauge', 'Everything the table asks for is in force', settled)
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function metric(name: string, type: string, help: string, value: number | boolean): string[] {
  const full = `${PREFIX}_${name}`
  return [`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`, `${full} ${Number(value)}`]
}
