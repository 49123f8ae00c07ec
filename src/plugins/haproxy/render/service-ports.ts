import type { Problem } from '../../../gateway/model/problem.ts'
import type { Service, ServiceId } from '../../../gateway/model/route.ts'
import type { Table } from '../../../gateway/model/table.ts'
import type { DesiredBackend } from '../desired.ts'
import { serverWords } from './backend-settings.ts'
import { nameOfId, OWN_PREFIX } from './names.ts'
import type { RenderOptions } from './options.ts'
import { guardOf } from './portable.ts'
import { commonProbe, probeLines, probeWords } from './probe-lines.ts'
import { serversOf } from './server-list.ts'
import { bindWords, section, TCP_DEFAULTS } from './structure.ts'
import { isPort } from './words.ts'

export interface ServicePorts {
  /** One frontend for each port. */
  readonly structure: readonly string[]
  readonly backends: readonly DesiredBackend[]
  readonly problems: readonly Problem[]
}

/**
 * One TCP listener for each Marathon service port of the table's services, as the script of old gave
 * it: `leastconn`, whatever the picker. Of two services with one port the smaller id has it.
 */
export function servicePortsOf(table: Table, options: RenderOptions): ServicePorts {
  const { servicePorts } = options
  if (servicePorts === undefined) return { structure: [], backends: [], problems: [] }
  const structure: string[] = []
  const backends: DesiredBackend[] = []
  const problems: Problem[] = []
  const taken = takenPorts(options)
  const guarded = guardedServices(table)
  for (const service of table.data.services) {
    const port = service.servicePort
    if (port === undefined) continue
    const fault = faultOf(port, taken.get(port), guarded.has(service.id))
    if (fault !== undefined) {
      problems.push(problemOf(service, `${fault}; the service gets no listener of its own`))
      continue
    }
    taken.set(port, service.origin.app ?? service.id)
    const { addresses } = options
    const services = [{ service, weight: 1 }]
    const { servers, problems: wrong } = serversOf({ services, addresses, ring: false })
    problems.push(...wrong)
    const name = `${nameOfId(service.id)}__tcp`
    const probe = commonProbe([service])
    const settings = ['mode tcp', 'balance leastconn', ...probeLines(probe)]
    const words = [...serverWords(options), ...probeWords(probe)]
    backends.push({ name, settings, serverWords: words, servers })
    structure.push(
      ...section(`frontend ${OWN_PREFIX}port.${port} from ${TCP_DEFAULTS}`, [
        bindWords({ host: servicePorts.host, port }),
        `default_backend ${name}`
      ])
    )
  }
  return { structure, backends, problems }
}

function faultOf(port: number, holder: string | undefined, guarded: boolean): string | undefined {
  if (!isPort(port)) return `its service port ${port} is no port`
  if (holder !== undefined) return `its service port ${port} belongs to ${holder}`
  return guarded ? `its service port ${port} would lead past its guards` : undefined
}

/** Services of a route that is closed or protected: over TCP nothing would protect them. */
function guardedServices({ routes, apps }: Table): ReadonlySet<ServiceId> {
  const guarded = new Set<ServiceId>()
  for (const route of [...routes.values(), ...apps.values()]) {
    if (route.closed === undefined && guardOf(route) === undefined) continue
    for (const { service } of route.services) guarded.add(service)
  }
  return guarded
}

function takenPorts({ binds, tls }: RenderOptions): Map<number, string> {
  const taken = new Map<number, string>()
  for (const { port } of tls === undefined ? binds : [...binds, tls]) {
    taken.set(port, 'the gateway itself')
  }
  return taken
}

function problemOf({ origin, id }: Service, reason: string): Problem {
  return { source: origin.source, app: origin.file ?? origin.app ?? id, reason }
}
