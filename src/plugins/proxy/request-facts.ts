import type { IncomingMessage } from 'node:http'
import type { PickRequest } from '../../gateway/balance/picker.ts'
import type { RequestFacts } from '../../gateway/model/table.ts'

/** What routing and picking may look at, read from Node's request only when asked for. */
export class NodeRequestFacts implements RequestFacts, PickRequest {
  readonly #req: IncomingMessage
  readonly host: string | undefined
  readonly target: string
  readonly method: string

  constructor(req: IncomingMessage, host: string | undefined, target: string) {
    this.#req = req
    this.host = host
    this.target = target
    this.method = req.method ?? ''
  }

  /** Several lines of a field are one value (RFC 9110 §5.3); Node itself keeps but the first of some. */
  header(name: string): string | undefined {
    if (name === 'cookie') return this.#req.headers.cookie
    return this.#req.headersDistinct[name]?.join(', ')
  }

  /** The first cookie of that name (RFC 6265 §5.4 puts the most specific one first). */
  cookie(name: string): string | undefined {
    for (const pair of this.header('cookie')?.split(';') ?? []) {
      const equals = pair.indexOf('=')
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
    return undefined
  }
}
