import type { Protection } from '../desired.ts'
import type { RunningBackend } from './running.ts'

export interface MeanwhileFacts {
  /** Absent: nothing is guarded. */
  readonly protection: Protection | undefined
  /** Whether a backend has the section that it shall have. */
  readonly isPlaced: (backend: string) => boolean
  /** The section that HAProxy runs for a backend. */
  readonly sectionOf: (backend: string) => RunningBackend | undefined
}

/** What a key of a map says while a reload is awaited; undefined: it is in the map no more, or not yet. */
export type Meanwhile = (wanted: string, held: string | undefined) => string | undefined

/**
 * A route leads where it led, but only while that is guarded at least as it shall be. Else it is closed,
 * unless HAProxy has what it shall lead to.
 */
export function meanwhileOf({ protection, isPlaced, sectionOf }: MeanwhileFacts): Meanwhile {
  if (protection === undefined) return (_wanted, held) => held
  const { closed, known, guards } = protection
  const isGuarded = (wanted: string, held: string | undefined) => {
    const lines = guards.get(wanted)
    // The proxy plane behind HAProxy keeps guards by itself.
    if (lines === undefined || known.has(held ?? '')) return true
    const section = held === undefined ? undefined : sectionOf(held)
    // The name of a choice stands for its guards, too.
    if (section === undefined) return held === wanted
    const has = new Set(section.kind.split('\n'))
    return lines.every((line) => has.has(line))
  }
  return (wanted, held) => {
    if (held !== closed && isGuarded(wanted, held)) return held
    return isPlaced(wanted) ? wanted : closed
  }
}
