import { availableParallelism } from 'node:os'
import { findProgram } from './find-program.ts'

/** Cores as taskset(1) takes them: of whom is measured, and of all else; undefined: any. */
export interface Cores {
  readonly proxy?: string
  readonly rest?: string
}

/** The first cores for the proxy, as many as it has workers, the others for all else. */
export function splitCores(workers: number, cores = availableParallelism()): Cores {
  if (workers >= cores) return {}
  const proxy = workers === 1 ? '0' : `0-${workers - 1}`
  return { proxy, rest: workers === cores - 1 ? `${workers}` : `${workers}-${cores - 1}` }
}

/** Whether this machine can keep processes apart. */
export function canPin(): boolean {
  return findProgram('taskset') !== undefined && availableParallelism() > 1
}

/** What starts a program on these cores, before its own words; nothing where any will do. */
export function startingOn(cores: string | undefined): readonly string[] {
  return cores === undefined ? [] : ['taskset', '-c', cores]
}
