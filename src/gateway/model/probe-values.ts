import { type Parsed, quote, right, wrong } from './label-values.ts'
import type { Probe } from './route.ts'

/** What is probed; `none` takes back what the whole app asks for. */
export type ProbeTarget =
  | { readonly kind: 'http'; readonly path: string }
  | { readonly kind: 'tcp' }
  | { readonly kind: 'none' }

export const PROBE_INTERVAL_MS = { lowest: 1_000, usual: 5_000, highest: 300_000 }
export const PROBE_TIMEOUT_MS = { usual: 2_000, highest: 60_000 }

/**
 * Path and query of RFC 3986 §3.3 and §3.4. Without quotes, `;` and `$`, so that every plane can be told
 * the same path.
 */
const PROBE_PATH = /^\/(?:[A-Za-z0-9._~!&()*+,=:@/?-]|%[0-9A-Fa-f]{2}){0,255}$/

export function isProbePath(text: string): boolean {
  return PROBE_PATH.test(text)
}

/** `/health`, `tcp` or `none`. */
export function parseProbe(raw: string): Parsed<ProbeTarget> {
  const word = raw.trim()
  if (word === 'tcp' || word === 'none') return right({ kind: word })
  return isProbePath(word)
    ? right({ kind: 'http', path: word })
    : wrong(`expected tcp, none or a path such as /health, not ${quote(raw)}`)
}

/** The probe that settings amount to; undefined when there is none. */
export function probeOf(said: {
  readonly target: ProbeTarget | undefined
  readonly intervalMs: number | undefined
  readonly timeoutMs: number | undefined
}): Probe | undefined {
  const { target, intervalMs = PROBE_INTERVAL_MS.usual } = said
  if (target === undefined || target.kind === 'none') return undefined
  const timeoutMs = Math.min(said.timeoutMs ?? PROBE_TIMEOUT_MS.usual, intervalMs)
  return { ...target, intervalMs, timeoutMs }
}
