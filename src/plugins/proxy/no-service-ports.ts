import type { Problem } from '../../gateway/model/problem.ts'
import { listenerLabels } from '../../gateway/model/service-port.ts'
import type { Table } from '../../gateway/model/table.ts'

/** Labels that ask for a service port of their own kind: this plane opens none. */
export function servicePortProblems({ services }: Pick<Table, 'services'>): Problem[] {
  return [...services.values()].flatMap(({ id, origin, listener }) =>
    listenerLabels(listener).map((label) => ({
      source: origin.source,
      app: origin.app ?? id,
      label,
      reason:
        'the proxy plane opens no service ports; that takes plane: haproxy and haproxy.servicePorts'
    }))
  )
}
