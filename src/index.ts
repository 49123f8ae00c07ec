/** The library: a gateway of your own, and plugins for it. See docs/plugins.md. */

export { Type } from 'typebox'
export type { Picker, PickerMaker, PickerTools, PickRequest } from './gateway/balance/picker.ts'
export { ConfigError } from './gateway/config/config-error.ts'
export type { CoreConfig } from './gateway/config/core-schema.ts'
export { Duration, durationMs } from './gateway/config/duration.ts'
export {
  createGateway,
  type Gateway,
  type GatewayParts,
  type PluginUse
} from './gateway/create-gateway.ts'
export type { App, AppPort, Task } from './gateway/model/app.ts'
export type { Problem } from './gateway/model/problem.ts'
export type { Endpoint, Match, Origin, Route, Service } from './gateway/model/route.ts'
export type { Override, Snapshot } from './gateway/model/snapshot.ts'
export type { RequestFacts, Table } from './gateway/model/table.ts'
export {
  type AdminRoutes,
  type Attempt,
  definePlugin,
  type GatewayHost,
  type GatewayPlugin,
  type GatewayStatus,
  type HookSet,
  type Outcome,
  type OutgoingHead,
  type Plane,
  type Resolver,
  type TableChange
} from './gateway/plugin.ts'
export type { Source, SourceSink } from './gateway/source.ts'
