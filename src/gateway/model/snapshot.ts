import type { App } from './app.ts'
import type { Problem } from './problem.ts'
import type { Route, Service } from './route.ts'

/** Changes of an operator to what labels say, without a restart of any task. */
export interface Override {
  /** App id the override is for. */
  readonly app: string
  readonly weight?: number
  readonly enabled?: boolean
  readonly priority?: number
  /** File and line. */
  readonly file: string
}

/** When the parts of a snapshot were asked for, ms since 1970. */
export interface Parts {
  /** What is not of an app in `aloneAt`. */
  readonly wholeAt: number
  /** By app id. */
  readonly aloneAt: ReadonlyMap<string, number>
}

/** What one source knows at one moment. Replaces all that this source said before. */
export interface Snapshot {
  readonly source: string
  /** Milliseconds since 1970: when the source was asked, for the newest part of it. */
  readonly takenAt: number
  /** Only when apps were read alone since all was read; else all of it is of `takenAt`. */
  readonly parts?: Parts
  readonly apps: readonly App[]
  /** Ready-made routes and services: static ones of a file. */
  readonly routes: readonly Route[]
  readonly services: readonly Service[]
  readonly overrides: readonly Override[]
  readonly problems: readonly Problem[]
}
