import type { ClusterSize, Replaced } from './cluster.ts'

/** What the process that plays Marathon is asked, one thing at a time. */
export type MarathonOrder =
  | { readonly kind: 'start'; readonly size: ClusterSize }
  /** From now on `/v2/apps` is answered. */
  | { readonly kind: 'open' }
  /** The first task of an app is replaced, without or with the events that say so. */
  | { readonly kind: 'replace'; readonly app: number; readonly tell: boolean }
  | { readonly kind: 'checkAll' }
  | { readonly kind: 'setHealth'; readonly known: boolean }
  /** When the last byte of the last whole answer was written. */
  | { readonly kind: 'lastByte' }

export interface MarathonAnswer {
  readonly url?: string
  readonly bytes?: number
  readonly replaced?: Replaced
  /** Milliseconds since 1970, with fractions: of the event, or the last byte. */
  readonly at?: number
}

/** What the gateway's process is asked. */
export type ProbeOrder =
  /** What it did so far doesn't count. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'refresh' }
  /** After a collection. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'resolve'; readonly cases: readonly ResolveCase[] }

export interface ResolveCase {
  readonly hosts: readonly string[]
  readonly target: string
}

/** What the thread that carries traffic did since `begin`. */
export interface Observed {
  /** Longest time between two turns of the event loop that it worked, ms. */
  readonly heldMs: number
  /** The same by the clock, times included in which others had the processor. */
  readonly heldWallMs: number
  /** Longest pause of the garbage collector by the clock. */
  readonly pauseMs: number
  readonly threadCpuMs: number
  readonly processCpuMs: number
  readonly applied: readonly Applied[]
}

/** One snapshot from its publication by the source to the table that came of it. */
export interface Applied {
  /** Milliseconds since 1970, with fractions. */
  readonly publishedAt: number
  readonly tableAt: number
  /** Of the thread. */
  readonly cpuMs: number
  /** Undefined when the garbage collector ran meanwhile. */
  readonly allocatedBytes?: number
  /** Another table than before. */
  readonly changed: boolean
}

export interface ProbeAnswer {
  readonly observed?: Observed
  /** Of all that the process keeps. */
  readonly heapBytes?: number
  /** Of a copy of the table alone. */
  readonly tableBytes?: number
  readonly endpoints?: number
  /** Median of one, for each case. */
  readonly resolveNs?: readonly number[]
}
