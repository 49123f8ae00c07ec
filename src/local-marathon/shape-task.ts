import { AGENT_ID, type ApiVersion, type LocalTask } from './cluster.ts'
import { servicePorts } from './definition.ts'
import type { ContentFaults } from './shape-app.ts'
import { ipAddressesOf } from './task-life.ts'

/** 1.5 and earlier leave these out while empty; later versions always show them. */
const ARRAYS = ['ipAddresses', 'servicePorts', 'healthCheckResults', 'localVolumes'] as const

/** A task as the API shows it; service ports appear only in lists of tasks. */
export function shapeTask(
  task: LocalTask,
  apiVersion: ApiVersion,
  faults: ContentFaults,
  options: { readonly servicePorts?: boolean } = {}
): Record<string, unknown> {
  const results = task.health.flatMap((result) =>
    result === undefined ? [] : [{ ...result, instanceId: task.instanceId }]
  )
  const shaped: Record<string, unknown> = {
    appId: task.definition.id,
    id: task.id,
    host: faults.hostEmpty ? '' : (task.placement?.host ?? ''),
    slaveId: AGENT_ID,
    state: task.state,
    stagedAt: task.stagedAt,
    ...(task.startedAt === undefined ? {} : { startedAt: task.startedAt }),
    version: task.version,
    ports: faults.portsEmpty ? [] : (task.placement?.ports ?? []),
    servicePorts: options.servicePorts ? servicePorts(task.definition) : [],
    ipAddresses: ipAddressesOf(task),
    healthCheckResults: faults.dropHealth ? [] : results,
    localVolumes: []
  }
  if (faults.ipAddressesMissing) delete shaped['ipAddresses']
  if (apiVersion !== '1.8') {
    for (const key of ARRAYS)
      if ((shaped[key] as unknown[] | undefined)?.length === 0) delete shaped[key]
  }
  return shaped
}
