import type { EndpointNote } from '../../gateway/model/endpoint-note.ts'
import type { RecentFailure } from '../../gateway/model/explain.ts'
import type { RouteId } from '../../gateway/model/route.ts'
import type { TablePatch } from '../../gateway/model/table-patch.ts'
import type { NamedStats } from '../../gateway/plugin.ts'

/** What control tells a worker. All of it passes as JSON; a connection comes with its handle. */
export type ToWorker =
  /** All it needs to begin; only its program knows what that is. */
  | { readonly kind: 'start'; readonly number: number; readonly settings: unknown }
  | { readonly kind: 'table'; readonly patch: TablePatch; readonly whole: boolean }
  | { readonly kind: 'connection'; readonly id: number; readonly listener: string }
  | { readonly kind: 'stats'; readonly id: number }
  /** A graceful stop of all has begun; connections still come. */
  | { readonly kind: 'stopping' }
  /** No more connections come: it is to end as soon as those it has are idle. */
  | { readonly kind: 'stop' }

/** What a worker tells control. */
export type FromWorker =
  /** It listens to what control says. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'ready' }
  /** It can't start. */
  | { readonly kind: 'unable'; readonly lines: readonly string[] }
  /** It has the piece of a table; `agreed` is false when another table came out than control's. */
  | { readonly kind: 'table'; readonly agreed: boolean }
  /** The connection is its own now. */
  | { readonly kind: 'took'; readonly id: number }
  | { readonly kind: 'stats'; readonly id: number; readonly stats: NamedStats }
  | { readonly kind: 'refresh'; readonly reason: string }
  | { readonly kind: 'failure'; readonly route: RouteId; readonly failure: RecentFailure }
  /** An endpoint gets no requests from it for a while. */
  | { readonly kind: 'note'; readonly note: EndpointNote }
