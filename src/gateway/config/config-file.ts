import { readFile } from 'node:fs/promises'
import { type Document, isMap, isPair, LineCounter, type Node, parseDocument } from 'yaml'
import { ConfigError } from './config-error.ts'

const MAX_BYTES = 1024 * 1024

/** A parsed file that still knows where each option stands. */
export interface ConfigFile {
  readonly name: string
  readonly value: unknown
  /** Line of an option, counted from 1; undefined when the file doesn't have it. */
  lineOf(path: readonly string[]): number | undefined
}

/**
 * Reads a file in YAML, of which JSON is a part.
 * @throws ConfigError when it can't be read, is larger than 1 MiB, or is no YAML
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ConfigError([`${path}: ${readReason(cause)}`], { cause })
  }
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new ConfigError([`${path}: larger than 1 MiB, which no configuration is`])
  }
  return parseConfigFile(path, text)
}

/** @throws ConfigError with one line for each place that is no YAML */
export function parseConfigFile(name: string, text: string): ConfigFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => `${name}:${lineAt(error.pos[0])}: ${oneLine(error.message)}`)
    )
  }
  return {
    name,
    value: plainValue(name, document),
    lineOf(path) {
      const offset = offsetOf(document.contents, path)
      return offset === undefined ? undefined : lineAt(offset)
    }
  }
}

function plainValue(name: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {}
  } catch (cause) {
    throw new ConfigError([`${name}: ${oneLine((cause as Error).message)}`], { cause })
  }
}

function offsetOf(contents: unknown, path: readonly string[]): number | undefined {
  let at: unknown = contents
  let offset: number | undefined
  for (const key of path) {
    const next = childOf(at, key)
    if (next === undefined) return offset
    offset = next.offset ?? offset
    at = next.value
  }
  return offset
}

function childOf(at: unknown, key: string): { offset?: number; value: unknown } | undefined {
  if (isMap(at)) {
    const pair = at.items.find((item) => isPair(item) && String(item.key) === key)
    return pair && { ...startOf(pair.key), value: pair.value }
  }
  const items: unknown =
    typeof at === 'object' && at !== null ? Reflect.get(at, 'items') : undefined
  const item: unknown = Array.isArray(items) ? items[Number(key)] : undefined
  return item === undefined ? undefined : { ...startOf(item), value: item }
}

function startOf(node: unknown): { offset?: number } {
  const offset = (node as Node | null)?.range?.[0]
  return offset === undefined ? {} : { offset }
}

function readReason(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'no such file'
  if (code === 'EACCES') return 'may not be read by this user'
  if (code === 'EISDIR') return 'is a folder, not a file'
  return `can't be read (${code ?? 'unknown reason'})`
}

function oneLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
