import type { AppRef } from './app-book.ts'
import type { Claims } from './claims.ts'
import { Compiler } from './compiler.ts'
import type { LabelRules } from './labels.ts'
import type { Problem } from './problem.ts'
import type { HealthMemory, UnreachablePolicy } from './readiness.ts'
import type { Route, Service, TableData } from './route.ts'
import type { RoutingLimits } from './routing-limits.ts'
import type { Snapshot } from './snapshot.ts'
import { runSteps } from './steps.ts'
import type { OwnAddress } from './task-addresses.ts'

/** What the operator says about routing. */
export interface RoutingSettings {
  /** Each app without hosts of its own answers at `<id reversed>.<domain>` for each of these. */
  readonly domains: readonly string[]
  /** Path at which each app answers on every host, such as `/{id}`, stripped; empty: none. */
  readonly path: string
  /** `labelled`: only apps that ask for it by `gateway.enabled`, `gateway.hosts` or `gateway.path`. */
  readonly expose: 'all' | 'labelled'
  /** Serve apps of these `gateway.group`s: `*` is every app, `` the apps without one; none: every app. */
  readonly groups: readonly string[]
  readonly unreachable: UnreachablePolicy
  /** Secret of the sticky cookies' values. */
  readonly stickyKey: string
  /** Name of the picker of services that name none. */
  readonly picker: string
  /** Where tasks may be, as addresses and networks; absent or none: anywhere but where no task can be. */
  readonly taskNetworks?: readonly string[]
  /** Absent: the defaults. */
  readonly limits?: RoutingLimits
  /** Read the labels of marathon-lb, too; absent: yes. */
  readonly marathonLb?: boolean
}

/** The labels of one plugin, `gateway.<plugin>.<key>`. */
export interface PluginLabels {
  readonly keys: ReadonlySet<string>
  /** Values as the plugin wants them, or what is wrong in one sentence. */
  check(
    values: Readonly<Record<string, string>>
  ): { readonly values: unknown } | { readonly problem: string }
}

/** A plugin's resolver, as far as compilation goes. */
export interface CompileResolver {
  readonly name: string
  /** Routes as plain data, so that every plane can use them. Pure; called for each new table. */
  routes?(
    snapshots: readonly Snapshot[],
    services: ReadonlyMap<string, Service>,
    claims: Claims
  ): readonly Route[]
}

export interface CompileInput extends LabelRules {
  /** One per source. A source that is missing has not been read yet: its claims are kept. */
  readonly snapshots: readonly Snapshot[]
  readonly claims: Claims
  /** Ids of tasks seen killing or ended: never an endpoint. */
  readonly ending: ReadonlySet<string>
  /** Ids of tasks seen ending since the last snapshot: the last resort. */
  readonly leaving: ReadonlySet<string>
  /** Ids of tasks seen unreachable. */
  readonly unreachable: ReadonlySet<string>
  readonly health: HealthMemory
  /** The apps with a task of this id, if somebody knows; absent: they are searched. */
  readonly appsOf?: (taskId: string) => Iterable<AppRef>
  /** Milliseconds since 1970. */
  readonly now: number
  readonly settings: RoutingSettings
  /** Where the operators' side listens: never an endpoint. */
  readonly ownAddresses?: readonly OwnAddress[]
  /** Called after the built-in one; what one throws becomes a problem. */
  readonly resolvers: readonly CompileResolver[]
}

export interface Compiled {
  readonly data: TableData
  readonly problems: readonly Problem[]
  readonly claims: Claims
}

/**
 * Turns what the sources know into routes and services. Pure: the same input gives the same table.
 * Never throws for what an app, a label or a plugin's resolver says.
 */
export function compile(input: CompileInput): Compiled {
  const { changes, problems, claims } = runSteps(new Compiler().steps(input))
  const { routes, services, appRoutes, portRoutes } = changes
  const data = {
    routes: routes.put.map(([, route]) => route),
    services: services.put.map(([, service]) => service),
    appRoutes: appRoutes.put.map(([app, route]) => ({ app, route })),
    portRoutes: portRoutes.put.map(([service, route]) => ({ service, route }))
  }
  return { data, problems, claims }
}
