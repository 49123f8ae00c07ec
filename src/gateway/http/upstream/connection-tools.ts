import type { LookupFunction } from 'node:net'
import type { ReadBuffers } from '../read-memory.ts'
import type { AnswerLimits } from './answer-parser.ts'
import type { Connection } from './connection.ts'
import type { ReadTurns } from './read-turns.ts'
import type { Wheel } from './wheel.ts'

/** What a connection is made with. */
export interface ConnectionTools {
  readonly wheel: Wheel
  readonly limits: AnswerLimits
  readonly buffers: ReadBuffers
  readonly turns: ReadTurns
  readonly lookup: LookupFunction
}

/** What a connection tells its pool. */
export interface ConnectionOwner {
  /** Longest time for a connection to be made, whatever the request allows, ms. */
  readonly connectMs: number
  /** May carry the next request; `keepAliveMs` is what the task said of its own patience. */
  idle(connection: Connection, keepAliveMs: number | undefined): void
  /** The task closed it after it had been idle for so long. */
  closedIdle(idleMs: number): void
  /** Carries nothing and will carry nothing. Told exactly once. */
  gone(connection: Connection): void
}
