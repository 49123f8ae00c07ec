import type { Socket } from 'node:net'
import type { EndpointNote } from './model/endpoint-note.ts'
import type { RecentFailure } from './model/explain.ts'
import type { RouteId } from './model/route.ts'
import type { TablePatch } from './model/table-patch.ts'
import type { TableStore } from './state/table-store.ts'

/** Parts of a gateway that run in one process. */
export type Role = 'control' | 'traffic' | 'both'

/** Numbers by name, such as `requests`. Those of several processes are added up. */
export type Stats = Readonly<Record<string, number>>

/** By whoever keeps them. */
export type NamedStats = Readonly<Record<string, Stats>>

/** How connections of clients get from the process that accepts them to one that carries traffic. */
export interface Connections {
  /**
   * In control: resolves when there is somebody to pass connections to; rejects with the reason when
   * there never will be. Nothing is opened before.
   */
  readonly taken: Promise<void>
  /**
   * In control: passes on an accepted connection, paused and unread, to the traffic processes in turn.
   *
   * @param refuse called when none of them can take it
   */
  pass(listener: string, socket: Socket, refuse: () => void): void
  /** In traffic: takes what is passed under that name. */
  take(listener: string, onConnection: (socket: Socket) => void): void
  /**
   * In control, when no more are passed: resolves when those that were have ended. What runs at the
   * deadline is cut.
   */
  ended(deadline: AbortSignal): Promise<void>
}

/** What a control process knows of those that carry its traffic. */
export interface TrafficProcesses extends Omit<Connections, 'take'> {
  readonly role: 'control'
  /** From now on they have its table, and each that comes after it. */
  lead(by: Leader): void
  /** A graceful stop has begun. */
  stopping(): void
  /** Of each of them that answers. */
  stats(): Promise<readonly NamedStats[]>
}

/** What traffic processes may ask of the one that leads them. */
export interface Leader {
  readonly store: Pick<TableStore, 'current' | 'published' | 'onSwap'>
  refresh(reason: string): void
  noteFailure(route: RouteId, failure: RecentFailure): void
  noteEndpoint(note: EndpointNote): void
}

/** What a traffic process knows of the one that leads it. */
export interface ControlProcess extends Pick<Connections, 'take'> {
  readonly role: 'traffic'
  /** Says that this process is ready; tables and connections come from then on. */
  follow(follower: Follower): void
  refresh(reason: string): void
  failed(route: RouteId, failure: RecentFailure): void
  noted(note: EndpointNote): void
}

/** What control asks of a traffic process. */
export interface Follower {
  /**
   * A piece of a change of the table, `whole` when it begins from nothing. With the last piece the table is
   * in force.
   * @throws RangeError when another table came out than control's: the one before stays in force, until a
   *   change comes that begins from nothing
   */
  change(patch: TablePatch, whole: boolean): void
  /** A graceful stop has begun, of all or of this process alone. */
  stopping(): void
  stats(): NamedStats
}

/** Number by number; what only one of them has counts as it is. */
export function sumStats(all: readonly NamedStats[]): NamedStats {
  const names = new Set(all.flatMap((named) => Object.keys(named)))
  return Object.fromEntries(
    [...names].map((name) => [name, sumOf(all.map((named) => named[name] ?? {}))])
  )
}

function sumOf(all: readonly Stats[]): Stats {
  const sums = new Map<string, number>()
  for (const [key, value] of all.flatMap((stats) => Object.entries(stats))) {
    sums.set(key, (sums.get(key) ?? 0) + value)
  }
  return Object.fromEntries(sums)
}
