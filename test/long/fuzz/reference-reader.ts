/** A request as RFC 9112 has it, with what its own rules let a recipient forgive. */
export interface ReferenceRequest {
  readonly method: string
  /** Origin form: of an absolute target, what follows the authority. */
  readonly target: string
  /** Lower-case names. */
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
}

export interface ReferenceReading {
  readonly requests: readonly ReferenceRequest[]
  /** How it goes on behind them: nothing follows, a request is not whole yet, or it is none. */
  readonly end: 'clean' | 'incomplete' | 'fault'
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** Further spaces around the target are what Node's parser forgives without a word. */
const REQUEST_LINE = new RegExp(`^(${TOKEN}) +([\\x21-\\x7e]+) +HTTP/1\\.([01])$`)
const FIELD = new RegExp(`^(${TOKEN}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`)
const CHUNK_SIZE = /^0*([0-9a-fA-F]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?$/

/** Thrown by the hundred thousand: made once, for a stack costs more than the reading. */
const INCOMPLETE = new Error('incomplete')
const FAULT = new Error('fault')

/**
 * What a client's bytes mean, read by the grammar alone: nobody may find more requests in them, or other
 * bodies. Empty lines before a request are skipped (RFC 9112 §2.2).
 *
 * @param bytes as Latin-1
 */
export function readByReference(bytes: string): ReferenceReading {
  const requests: ReferenceRequest[] = []
  let at = skipEmptyLines(bytes, 0)
  try {
    while (at < bytes.length) {
      const { request, end } = readRequest(bytes, at)
      requests.push(request)
      at = skipEmptyLines(bytes, end)
    }
  } catch (error) {
    if (error === FAULT) return { requests, end: 'fault' }
    if (error === INCOMPLETE) return { requests, end: 'incomplete' }
    throw error
  }
  return { requests, end: 'clean' }
}

function skipEmptyLines(bytes: string, from: number): number {
  let at = from
  while (bytes[at] === '\r' || bytes[at] === '\n') at += 1
  return at
}

function readRequest(bytes: string, from: number): { request: ReferenceRequest; end: number } {
  const head = readBlock(bytes, from)
  const [line = '', ...fieldLines] = head.lines
  const start = REQUEST_LINE.exec(line)
  if (start === null) throw FAULT
  const fields = fieldLines.map(readField)
  const [, method = '', target = '', minor = ''] = start
  const { body, end } = readBody(bytes, head.end, fields, minor)
  return { request: { method, target: originForm(target, method), fields, body }, end }
}

function originForm(target: string, method: string): string {
  const absolute = /^https?:\/\/[^/?]+(.*)$/i.exec(target)
  if (absolute === null) return target
  const [, rest = ''] = absolute
  if (rest === '' && method === 'OPTIONS') return '*'
  return rest.startsWith('/') ? rest : `/${rest}`
}

function readBody(
  bytes: string,
  from: number,
  fields: ReferenceRequest['fields'],
  minor: string
): { body: string; end: number } {
  const lengths = valuesOf(fields, 'content-length')
  const codings = valuesOf(fields, 'transfer-encoding')
  if (lengths.length + codings.length > 1) throw FAULT
  const [coding] = codings
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked' || minor === '0') throw FAULT
    return readChunks(bytes, from)
  }
  const [length = '0'] = lengths
  if (!/^[0-9]{1,15}$/.test(length)) throw FAULT
  const end = from + Number(length)
  if (end > bytes.length) throw INCOMPLETE
  return { body: bytes.slice(from, end), end }
}

function readChunks(bytes: string, from: number): { body: string; end: number } {
  let at = from
  let body = ''
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd === -1) throw INCOMPLETE
    const [, digits] = CHUNK_SIZE.exec(bytes.slice(at, lineEnd)) ?? []
    if (digits === undefined) throw FAULT
    const size = Number.parseInt(digits, 16)
    at = lineEnd + 2
    if (size === 0) break
    if (at + size + 2 > bytes.length) throw INCOMPLETE
    if (bytes.slice(at + size, at + size + 2) !== '\r\n') throw FAULT
    body += bytes.slice(at, at + size)
    at += size + 2
  }
  const trailers = readBlock(bytes, at)
  trailers.lines.map(readField)
  return { body, end: trailers.end }
}

/** Lines up to an empty one. */
function readBlock(bytes: string, from: number): { lines: string[]; end: number } {
  const lines: string[] = []
  let at = from
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    if (end === -1) throw INCOMPLETE
    const line = bytes.slice(at, end)
    if (/[\r\n\0]/.test(line)) throw FAULT
    at = end + 2
    if (line === '') return { lines, end: at }
    lines.push(line)
  }
}

function readField(line: string): readonly [string, string] {
  const field = FIELD.exec(line)
  if (field === null) throw FAULT
  const [, name = '', value = ''] = field
  return [name.toLowerCase(), value]
}

function valuesOf(fields: ReferenceRequest['fields'], name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value)
}
