import { NO_JSON } from './answer.ts'
import { NO_LIST } from './schema.ts'

/** Where one app of an answer begins, and where it ends, in bytes. */
export interface AppRange {
  readonly start: number
  /** Behind its last byte. */
  readonly end: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const APPS = Buffer.from('"apps"')

/** Thrown in here for what is no JSON; never leaves it. */
class NoJson extends Error {}

/**
 * Finds the apps of `{"apps":[…]}` without making values of them: each can then be compared with what
 * was there before, byte by byte. What is within an app is only followed, not checked.
 *
 * @returns why it is no information, as a clause about the answer
 */
export function splitApps(bytes: Buffer): readonly AppRange[] | string {
  try {
    const list = findList(bytes)
    checkRest(bytes, list)
    return list?.apps ?? NO_LIST
  } catch (error) {
    if (error instanceof NoJson) return NO_JSON
    throw error
  }
}

interface AppList extends AppRange {
  readonly apps: readonly AppRange[]
}

/** What is around the list is small and read as usual. */
function checkRest(bytes: Buffer, list: AppList | undefined): void {
  const text =
    list === undefined
      ? bytes.toString('utf8')
      : `${bytes.toString('utf8', 0, list.start)}[]${bytes.toString('utf8', list.end)}`
  try {
    JSON.parse(text)
  } catch {
    throw new NoJson()
  }
}

/** The value of the last member "apps" of the object, when it is a list. */
function findList(bytes: Buffer): AppList | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_OBJECT) return undefined
  at = skipSpace(bytes, at + 1)
  let found: AppList | undefined
  while (bytes[at] === QUOTE) {
    const key = at
    at = skipString(bytes, at)
    const isApps = bytes.subarray(key, at).equals(APPS)
    at = skipSpace(bytes, at)
    if (bytes[at] !== COLON) throw new NoJson()
    at = skipSpace(bytes, at + 1)
    const list = isApps && bytes[at] === OPEN_LIST ? readList(bytes, at) : undefined
    if (isApps) found = list
    at = skipSpace(bytes, list?.end ?? skipValue(bytes, at))
    if (bytes[at] !== COMMA) break
    at = skipSpace(bytes, at + 1)
  }
  return found
}

function readList(bytes: Buffer, start: number): AppList {
  const apps: AppRange[] = []
  let at = skipSpace(bytes, start + 1)
  if (bytes[at] === CLOSE_LIST) return { start, end: at + 1, apps }
  for (;;) {
    const end = skipValue(bytes, at)
    apps.push({ start: at, end })
    at = skipSpace(bytes, end)
    if (bytes[at] === CLOSE_LIST) return { start, end: at + 1, apps }
    if (bytes[at] !== COMMA) throw new NoJson()
    at = skipSpace(bytes, at + 1)
  }
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at += 1
  return at
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** @param from at its first quote */
function skipString(bytes: Buffer, from: number): number {
  const { length } = bytes
  for (let at = from + 1; at < length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) at += 1
  }
  throw new NoJson()
}

function skipValue(bytes: Buffer, from: number): number {
  const first = bytes[from]
  if (first === QUOTE) return skipString(bytes, from)
  if (first === OPEN_OBJECT || first === OPEN_LIST) return skipNested(bytes, from)
  let at = from
  while (at < bytes.length && !endsScalar(bytes[at])) at += 1
  if (at === from) throw new NoJson()
  return at
}

function endsScalar(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT || isSpace(byte)
}

function skipNested(bytes: Buffer, from: number): number {
  const { length } = bytes
  let depth = 0
  for (let at = from; at < length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) at = skipString(bytes, at) - 1
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  throw new NoJson()
}
