import { findProgram } from '../find-program.ts'
import { autocannon } from './autocannon.ts'
import { h2load } from './h2load.ts'
import type { LoadGenerator } from './load.ts'
import { wrk } from './wrk.ts'

export interface Generators {
  /** As many requests as are answered. */
  readonly closed: LoadGenerator
  /** A fixed rate. */
  readonly open: LoadGenerator
}

/** The best that are installed. */
export function findGenerators(folder: string): Generators {
  return {
    closed: findProgram('wrk') === undefined ? autocannon : wrk,
    open: findProgram('h2load') === undefined ? autocannon : h2load(folder)
  }
}
