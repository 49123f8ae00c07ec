import type { Protection } from '../desired.ts'
import { type BackendBook, CLOSED_BACKEND, FALLBACK_BACKEND } from './backends.ts'
import { guardsOf } from './choices.ts'
import type { RenderOptions } from './options.ts'
import { LAX, type Places, STRICT } from './places.ts'

/**
 * What must stay closed while HAProxy has not loaded its guards.
 * @param shut backends of listeners that would lead past guards
 */
export function protectionOf(
  book: BackendBook,
  { choices }: Places,
  shut: ReadonlySet<string>,
  { fallback }: RenderOptions
): Protection {
  const all = [...choices.exact, ...choices.wildcard, ...choices.any]
  const ofChoices = all.map((choice) => [choice.name, guardsOf(choice)] as const)
  const handedOver = fallback === undefined ? [] : [FALLBACK_BACKEND]
  return {
    closed: CLOSED_BACKEND,
    known: new Set([CLOSED_BACKEND, ...handedOver, STRICT, LAX]),
    guards: new Map([...book.guards, ...ofChoices].filter(([, lines]) => lines.length > 0)),
    shut
  }
}
