import type { FastifyInstance } from 'fastify'
import { contain } from './faults.ts'
import { type GatewayErrorName, gatewayErrors } from './http/errors.ts'
import type { Kernel } from './kernel.ts'
import { type Explanation, explain } from './model/explain.ts'
import { addListed, addNamed, type Undo } from './part-registry.ts'
import type { GatewayHost, GatewayStatus } from './plugin.ts'
import type { Connections } from './processes.ts'
import { failureOf } from './recent-failures.ts'

/** The host of one plugin: what it adds is undone when its instance closes. */
export function createPluginHost(
  kernel: Kernel,
  app: FastifyInstance,
  plugin: string
): GatewayHost {
  const { parts, keeper, faults } = kernel
  const log = kernel.log.child({ plugin })
  const undos: Undo[] = []
  const until = (undo: Undo): void => void undos.push(undo)
  app.addHook('onClose', async () => {
    for (const undo of undos.splice(0).reverse()) undo()
  })
  return {
    role: kernel.role,
    log,
    parts,
    fault: (where, error, facts) => faults.note(where, error, { plugin, ...facts }),
    stopping: kernel.stopping,
    deadline: kernel.deadline,
    stopMs: kernel.stopMs,
    connections: connectionsOf(kernel, plugin),
    stats: (name, read) => until(addNamed('count', parts.stats, name, read)),
    readStats: kernel.readStats,
    source: (source) => until(kernel.addSource(source)),
    resolver: (resolver) => until(addListed(parts.resolvers, resolver)),
    picker: (name, make) => until(addNamed('picker', parts.pickers, name, make)),
    plane: (plane) => until(addListed(parts.planes, plane)),
    hooks: (name, set) => until(addNamed('hook set', parts.hookSets, name, set)),
    observer: (onOutcome) => until(addListed(parts.observers, onOutcome)),
    admin: (prefix, routes) => until(addNamed('admin prefix', parts.adminRoutes, prefix, routes)),
    metrics: (name, write) => until(addNamed('part of /metrics', parts.metrics, name, write)),
    onChange: (listener) => until(addListed(parts.changeListeners, listener)),
    listening(address) {
      const { name, port, path } = address
      log.info(address, path === undefined ? `${name} on port ${port}` : `${name} at ${path}`)
      until(addListed(parts.addresses, address))
    },
    get table() {
      return keeper.store.current
    },
    get problems() {
      return keeper.problems
    },
    get status() {
      return statusOf(kernel)
    },
    explain(facts) {
      const explanation = withCode(explain(keeper.store.current, facts, keeper.problems))
      const recent = kernel.recent.of(explanation.route?.id ?? '')
      const services = explanation.services.map((one) => kernel.notes.annotate(one, Date.now()))
      return { ...explanation, services, ...(recent.length > 0 && { recent }) }
    },
    refresh: kernel.refresh,
    letGo: kernel.letGo,
    note: kernel.noteEndpoint,
    report(outcome) {
      const failure = failureOf(outcome)
      if (failure !== undefined) kernel.noteFailure(outcome.route?.id ?? '', failure)
      for (const observe of parts.observers) contain(faults, 'observer', () => observe(outcome))
    }
  }
}

/** The model knows errors by name; people meet their codes. */
function withCode(explanation: Explanation): Explanation {
  const { error } = explanation
  if (error === undefined || !Object.hasOwn(gatewayErrors, error)) return explanation
  return { ...explanation, error: gatewayErrors[error as GatewayErrorName].code }
}

function statusOf({ keeper, stopping }: Kernel): GatewayStatus {
  return { ready: keeper.store.published, stopping: stopping.aborted, sources: keeper.sources }
}

/** Listeners of two plugins may have one name. */
function connectionsOf({ connections }: Kernel, plugin: string): Connections {
  return {
    taken: connections.taken,
    ended: connections.ended,
    pass: (listener, ...passed) => connections.pass(`${plugin} ${listener}`, ...passed),
    take: (listener, take) => connections.take(`${plugin} ${listener}`, take)
  }
}
