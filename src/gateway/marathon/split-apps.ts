import { NO_JSON, parseJson } from './answer.ts'
import { fieldsOf } from './read-values.ts'
import { NO_LIST } from './schema.ts'

/**
 * Finds the apps of `{"apps":[…]}`, in bytes that come bit by bit, without making values of them: each can
 * then be compared with what was there before, byte by byte. What is within an app is only followed, not
 * checked.
 */
export interface AppSplitter {
  /**
   * The bytes of each app that is complete now.
   *
   * @throws Error when the answer is no information
   */
  push(bytes: Buffer): Generator<Buffer, void, undefined>
  /**
   * There are no more bytes.
   *
   * @throws Error when the answer is no information
   */
  end(): void
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
/** What may be instead of a value, by what is expected. */
const SEPARATORS: Readonly<Record<'first' | 'value' | 'separator', readonly number[]>> = {
  first: [CLOSE_LIST],
  value: [],
  separator: [COMMA, CLOSE_LIST]
}
const APPS = Buffer.from('"apps"')
/** In the place of the list, and in that of all up to its end. */
const NO_APPS = Buffer.from('[]')
const NOTHING_BEFORE = Buffer.from('{"":0')
/** Whoever has more than this before its list of apps is not Marathon, bytes. */
const MAX_HEAD_BYTES = 1024 * 1024
const TWO_LISTS = 'the answer has more than one list "apps"'

export function createAppSplitter(): AppSplitter {
  let place: 'head' | 'list' | 'rest' = 'head'
  /** What is before the list. */
  let head = Buffer.alloc(0)
  const rest: Buffer[] = []
  const value = new ValueInBytes()
  /** What came of the value that is not complete. */
  let parts: Buffer[] = []
  let expected: keyof typeof SEPARATORS = 'first'

  /** @returns what is behind the bracket that opens the list; undefined: it did not come yet */
  function takeHead(bytes: Buffer): Buffer | undefined {
    head = Buffer.concat([head, bytes])
    const list = findList(head)
    if (list === undefined) {
      if (head.length > MAX_HEAD_BYTES) throw new Error(NO_LIST)
      return undefined
    }
    const behind = head.subarray(list + 1)
    head = head.subarray(0, list)
    place = 'list'
    return behind
  }

  /** @returns where the rest begins */
  function* takeList(bytes: Buffer): Generator<Buffer, number, undefined> {
    let at = 0
    while (place === 'list' && at < bytes.length) {
      if (!value.isOpen && passBetween(bytes[at])) {
        at += 1
        continue
      }
      const end = value.follow(bytes, at)
      parts.push(bytes.subarray(at, end))
      at = end ?? bytes.length
      if (end !== undefined) yield complete()
    }
    return at
  }

  function complete(): Buffer {
    const [first] = parts
    const whole = first !== undefined && parts.length === 1 ? first : Buffer.concat(parts)
    parts = []
    expected = 'separator'
    return whole
  }

  /** @returns whether the byte is one between values */
  function passBetween(byte: number | undefined): boolean {
    if (isSpace(byte)) return true
    const separates = byte === COMMA || byte === CLOSE_LIST
    if (!separates && expected !== 'separator') return false
    if (!separates || !SEPARATORS[expected].includes(byte)) throw new Error(NO_JSON)
    expected = 'value'
    if (byte === CLOSE_LIST) place = 'rest'
    return true
  }

  return {
    *push(bytes) {
      const more = place === 'head' ? takeHead(bytes) : bytes
      if (more === undefined) return
      const at = place === 'list' ? yield* takeList(more) : 0
      if (place === 'rest') rest.push(more.subarray(at))
    },
    end() {
      if (place === 'head') throw new Error(parseJson(head) === undefined ? NO_JSON : NO_LIST)
      const whole = parseJson(Buffer.concat([head, NO_APPS, ...rest]))
      if (whole === undefined) throw new Error(NO_JSON)
      const behind = parseJson(Buffer.concat([NOTHING_BEFORE, ...rest]))
      if (Object.hasOwn(fieldsOf(behind) ?? {}, 'apps')) throw new Error(TWO_LISTS)
    }
  }
}

/** Follows a value from its first byte to its last one, over as many buffers as it comes in. */
class ValueInBytes {
  #kind: 'none' | 'scalar' | 'nested' = 'none'
  #depth = 0
  #quoted = false
  #escaped = false

  /** It began and is not complete. */
  get isOpen(): boolean {
    return this.#kind !== 'none'
  }

  /** @returns behind its last byte; undefined: it goes on */
  follow(bytes: Buffer, from: number): number | undefined {
    if (this.#kind === 'none') this.#kind = isNested(bytes[from]) ? 'nested' : 'scalar'
    const end = this.#kind === 'nested' ? this.#nested(bytes, from) : scalarEnd(bytes, from)
    if (end !== undefined) this.#kind = 'none'
    return end
  }

  #nested(bytes: Buffer, from: number): number | undefined {
    let at = from
    while (at < bytes.length) {
      at = this.#quoted ? this.#text(bytes, at) : this.#brackets(bytes, at)
      if (!this.#quoted && this.#depth === 0) return at
    }
    return undefined
  }

  /** @returns behind the next quote or the last bracket, or the end of the bytes */
  #brackets(bytes: Buffer, from: number): number {
    const { length } = bytes
    for (let at = from; at < length; at += 1) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#quoted = true
        return at + 1
      }
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth += 1
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        this.#depth -= 1
        if (this.#depth === 0) return at + 1
      }
    }
    return length
  }

  /** @returns behind its quote, or the end of the bytes */
  #text(bytes: Buffer, from: number): number {
    const { length } = bytes
    let at = from
    if (this.#escaped) at += 1
    this.#escaped = false
    for (; at < length; at += 1) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.#quoted = false
        return at + 1
      }
      if (byte === BACKSLASH) at += 1
    }
    this.#escaped = at > length
    return length
  }
}

function isNested(byte: number | undefined): boolean {
  return byte === QUOTE || byte === OPEN_OBJECT || byte === OPEN_LIST
}

function scalarEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = from; at < bytes.length; at += 1) if (endsScalar(bytes[at])) return at
  return undefined
}

/**
 * The first member "apps" of the object that is a list.
 *
 * @returns where its bracket is; undefined: it is not there, or not yet
 */
function findList(bytes: Buffer): number | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  at = skipSpace(bytes, at + 1)
  while (bytes[at] === QUOTE) {
    const key = at
    const keyEnd = new ValueInBytes().follow(bytes, key)
    if (keyEnd === undefined) return undefined
    at = skipSpace(bytes, keyEnd)
    if (bytes[at] !== COLON) return undefined
    at = skipSpace(bytes, at + 1)
    if (bytes[at] === OPEN_LIST && bytes.subarray(key, keyEnd).equals(APPS)) return at
    const end = new ValueInBytes().follow(bytes, at)
    if (end === undefined) return undefined
    at = skipSpace(bytes, end)
    if (bytes[at] !== COMMA) return undefined
    at = skipSpace(bytes, at + 1)
  }
  return undefined
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at += 1
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || isSpace(byte)
}
