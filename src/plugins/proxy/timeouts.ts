import { durationMs } from '../../gateway/config/duration.ts'
import type { Route, Service, Timeouts } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { ProxyOptions } from './options.ts'

/** Gives the timeouts of a route: those its service's labels set, else the defaults. */
export type TimeoutsOf = (table: Table, route: Route) => Required<Timeouts>

/** Merged once per service; the entries die with their services. */
export function createTimeouts(timeout: ProxyOptions['timeout']): TimeoutsOf {
  const defaults: Required<Timeouts> = {
    connectMs: durationMs(timeout.connect),
    firstByteMs: durationMs(timeout.firstByte),
    idleMs: durationMs(timeout.idle)
  }
  const merged = new WeakMap<Service, Required<Timeouts>>()
  return (table, route) => {
    const [first] = route.services
    const service = first === undefined ? undefined : table.services.get(first.service)
    if (service === undefined) return defaults
    const known = merged.get(service)
    if (known !== undefined) return known
    const timeouts = { ...defaults, ...service.timeouts }
    merged.set(service, timeouts)
    return timeouts
  }
}
