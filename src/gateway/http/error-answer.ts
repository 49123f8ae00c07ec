import { type GatewayErrorName, gatewayErrors } from './errors.ts'

/** An answer of the gateway itself: no inner address, never cached. */
export interface ErrorAnswer {
  readonly status: number
  readonly code: string
  /** Flat: name, value. Without Content-Length and Connection. */
  readonly headers: readonly string[]
  readonly body: string
}

/** Seconds after which asking again makes sense, for answers with status 503. */
const RETRY_AFTER_SECONDS = '1'

/**
 * The answer for an error as text, HTML or JSON, whichever the Accept header likes best; text when
 * it says nothing. The body is the same for the same error and so can be compared.
 *
 * @param id of a fault in the log, told with `internal`
 */
export function errorAnswer(
  name: GatewayErrorName,
  accept: string | undefined,
  id?: string
): ErrorAnswer {
  const { code, message: sentence, status } = gatewayErrors[name]
  const message = id === undefined ? sentence : `${sentence}; its log has it under ${id}`
  const [type, body] = render(preferredType(accept), status, code, message)
  const headers = ['Content-Type', type, 'Cache-Control', 'no-store']
  if (status === 503) headers.push('Retry-After', RETRY_AFTER_SECONDS)
  return { status, code, headers, body }
}

type BodyType = 'text' | 'html' | 'json'

function render(type: BodyType, status: number, code: string, message: string): [string, string] {
  if (type === 'json') {
    return ['application/json', `${JSON.stringify({ status, code, message })}\n`]
  }
  if (type === 'html') return ['text/html; charset=utf-8', htmlPage(status, code, message)]
  return ['text/plain; charset=utf-8', `${status} ${code}: ${message}\n`]
}

function htmlPage(status: number, code: string, message: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${status} ${code}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}
code{opacity:.6}</style>
<h1>${status}</h1>
<p>${message}.</p>
<p><code>${code}</code></p>
</html>
`
}

const TYPES: Readonly<Record<string, BodyType>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/json': 'json',
  'text/plain': 'text'
}

/** The best of the three by q-value, the first named at equal ones (RFC 9110 §12.5.1). */
function preferredType(accept: string | undefined): BodyType {
  let best: BodyType = 'text'
  let bestQuality = 0
  for (const part of (accept ?? '').slice(0, 1024).split(',')) {
    const [range = '', ...parameters] = part.split(';')
    const type = TYPES[range.trim().toLowerCase()]
    const quality = qualityOf(parameters)
    if (type === undefined || quality <= bestQuality) continue
    best = type
    bestQuality = quality
  }
  return best
}

function qualityOf(parameters: readonly string[]): number {
  const q = parameters.map((p) => p.trim().toLowerCase()).find((p) => p.startsWith('q='))
  if (q === undefined) return 1
  const quality = Number(q.slice(2))
  return Number.isFinite(quality) ? quality : 0
}
