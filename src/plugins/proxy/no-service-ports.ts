import type { Problem } from '../../gateway/model/problem.ts'
import type { Service } from '../../gateway/model/route.ts'
import { listenerLabels } from '../../gateway/model/service-port.ts'

/** Labels that ask for a service port of their own kind: this plane opens none. */
export function servicePortProblems({ id, origin, listener }: Service): readonly Problem[] {
  return listenerLabels(listener).map((label) => ({
    source: origin.source,
    app: origin.app ?? id,
    label,
    reason:
      'the proxy plane opens no service ports; that takes plane: haproxy and haproxy.servicePorts'
  }))
}
