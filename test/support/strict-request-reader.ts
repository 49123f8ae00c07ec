/** A request as a strict RFC 9112 reader finds it in a stream of bytes. */
export interface StrictRequest {
  readonly method: string
  readonly target: string
  /** Lower-case names. */
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
  /** Lower-case names. */
  readonly trailers: readonly (readonly [string, string])[]
}

/** What a strict reader makes of bytes: whole requests, and what is wrong with what follows them. */
export interface StrictReading {
  readonly requests: readonly StrictRequest[]
  /** Undefined: all is well, though the last request may not be complete yet. */
  readonly fault: string | undefined
}

const REQUEST_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([\x21-\x7e]+) HTTP\/1\.1$/
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/

class Incomplete extends Error {}
class Fault extends Error {}

/** @param bytes as Latin-1 */
export function readStrictly(bytes: string): StrictReading {
  const requests: StrictRequest[] = []
  let at = 0
  try {
    while (at < bytes.length) {
      const { request, end } = readRequest(bytes, at)
      requests.push(request)
      at = end
    }
  } catch (error) {
    if (error instanceof Fault) return { requests, fault: error.message }
    if (!(error instanceof Incomplete)) throw error
  }
  return { requests, fault: undefined }
}

function readRequest(bytes: string, from: number): { request: StrictRequest; end: number } {
  const head = readBlock(bytes, from)
  const [line = '', ...fieldLines] = head.lines
  const start = REQUEST_LINE.exec(line)
  if (start === null) throw new Fault(`request line ${JSON.stringify(line)}`)
  const fields = fieldLines.map(readField)
  if (valuesOf(fields, 'host').length !== 1) throw new Fault('not exactly one Host')
  const { body, trailers, end } = readBody(bytes, head.end, fields)
  const [, method = '', target = ''] = start
  return { request: { method, target, fields, body, trailers }, end }
}

type Fields = readonly (readonly [string, string])[]

function readBody(bytes: string, from: number, fields: Fields) {
  const lengths = valuesOf(fields, 'content-length')
  const codings = valuesOf(fields, 'transfer-encoding')
  if (lengths.length + codings.length > 1) throw new Fault('ambiguous framing')
  const [length] = lengths
  const [coding] = codings
  if (coding !== undefined) {
    if (coding.toLowerCase() !== 'chunked') throw new Fault(`transfer coding ${coding}`)
    return readChunks(bytes, from)
  }
  if (length !== undefined && !/^[0-9]{1,15}$/.test(length)) throw new Fault(`length ${length}`)
  const end = from + Number(length ?? 0)
  if (end > bytes.length) throw new Incomplete()
  return { body: bytes.slice(from, end), trailers: [] as Fields, end }
}

function readChunks(bytes: string, from: number) {
  let at = from
  let body = ''
  for (;;) {
    const { size, end } = readChunkSize(bytes, at)
    at = end
    if (size === 0) break
    if (at + size + 2 > bytes.length) throw new Incomplete()
    if (bytes.slice(at + size, at + size + 2) !== '\r\n') throw new Fault('chunk without its end')
    body += bytes.slice(at, at + size)
    at += size + 2
  }
  const trailers = readBlock(bytes, at)
  return { body, trailers: trailers.lines.map(readField), end: trailers.end }
}

function readChunkSize(bytes: string, from: number): { size: number; end: number } {
  const lineEnd = bytes.indexOf('\r\n', from)
  const line = bytes.slice(from, lineEnd === -1 ? undefined : lineEnd)
  if (!/^[0-9a-fA-F]{0,15}\r?$/.test(line)) throw new Fault(`chunk size ${JSON.stringify(line)}`)
  if (lineEnd === -1) throw new Incomplete()
  if (line === '') throw new Fault('empty chunk size')
  return { size: Number.parseInt(line, 16), end: lineEnd + 2 }
}

/** Lines up to an empty one. */
function readBlock(bytes: string, from: number): { lines: string[]; end: number } {
  const lines: string[] = []
  let at = from
  for (;;) {
    const end = bytes.indexOf('\r\n', at)
    const line = bytes.slice(at, end === -1 ? undefined : end)
    if (/[\r\n\0]/.test(end === -1 ? line.replace(/\r$/, '') : line))
      throw new Fault('bare control')
    if (end === -1) throw new Incomplete()
    at = end + 2
    if (line === '') return { lines, end: at }
    lines.push(line)
  }
}

function readField(line: string): readonly [string, string] {
  const field = FIELD.exec(line)
  if (field === null) throw new Fault(`field line ${JSON.stringify(line)}`)
  const [, name = '', value = ''] = field
  return [name.toLowerCase(), value]
}

function valuesOf(fields: Fields, name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value)
}
