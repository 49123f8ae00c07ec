import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { type GatewayErrorName, gatewayErrors } from './http/errors.ts'
import { type Explanation, explain } from './model/explain.ts'
import { addListed, addNamed, type PartRegistry, type Undo } from './part-registry.ts'
import type { GatewayHost, GatewayStatus } from './plugin.ts'
import type { RecentFailures } from './recent-failures.ts'
import type { Source } from './source.ts'
import { guarded, type TableKeeper } from './table-keeper.ts'

/** What the hosts of all plugins of one gateway share. */
export interface Kernel {
  readonly parts: PartRegistry
  readonly keeper: TableKeeper
  readonly log: FastifyBaseLogger
  readonly deadline: AbortSignal
  readonly recent: RecentFailures
  /** A graceful stop has begun. */
  readonly stopping: boolean
  /** Starts the source as soon as the gateway runs. @returns stops it and forgets what it said */
  addSource(source: Source): Undo
}

/** The host of one plugin: what it adds is undone when its instance closes. */
export function createPluginHost(
  kernel: Kernel,
  app: FastifyInstance,
  plugin: string
): GatewayHost {
  const { parts, keeper } = kernel
  const log = kernel.log.child({ plugin })
  const undos: Undo[] = []
  const until = (undo: Undo): void => void undos.push(undo)
  app.addHook('onClose', async () => {
    for (const undo of undos.splice(0).reverse()) undo()
  })
  return {
    role: 'both',
    log,
    parts,
    deadline: kernel.deadline,
    source: (source) => until(kernel.addSource(source)),
    resolver: (resolver) => until(addListed(parts.resolvers, resolver)),
    picker: (name, make) => until(addNamed('picker', parts.pickers, name, make)),
    plane: (plane) => until(addListed(parts.planes, plane)),
    hooks: (name, set) => until(addNamed('hook set', parts.hookSets, name, set)),
    observer: (onOutcome) => until(addListed(parts.observers, onOutcome)),
    admin: (prefix, routes) => until(addNamed('admin prefix', parts.adminRoutes, prefix, routes)),
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
      return recent.length === 0 ? explanation : { ...explanation, recent }
    },
    refresh(reason) {
      for (const source of parts.sources.values()) {
        guarded(log, source.name, () => source.refresh(reason))
      }
    },
    report(outcome) {
      kernel.recent.note(outcome)
      for (const observe of parts.observers) guarded(log, 'observer', () => observe(outcome))
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
  return { ready: keeper.store.published, stopping, sources: keeper.sources }
}
