import { closest } from 'fastest-levenshtein'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { describeExpected, describeFound } from './describe.ts'
import { isSection, nodeOf, ownValue, type SchemaNode } from './schema-node.ts'

/** One thing wrong in a configuration. */
export interface Fault {
  /** Keys and list positions from the root: `['routing', 'domains', '0']`. */
  readonly path: readonly string[]
  /** What is wrong and what was expected, without the path. */
  readonly reason: string
  /** The key itself is wrong, not its value. */
  readonly unknownKey?: true
}

const MAX_FAULTS = 50

/**
 * Fills in the defaults and tells everything that is wrong, unknown keys included, whatever the
 * schema says about additional properties. The input stays untouched.
 *
 * @param path where the input stands in a larger configuration
 */
export function checkValue(
  schema: TSchema,
  input: unknown,
  path: readonly string[] = []
): { readonly value: unknown; readonly faults: readonly Fault[] } {
  const node = nodeOf(schema)
  const unknown = unknownKeys(node, input, path, path)
  const value = withDefaults(node, input)
  return { value, faults: [...unknown, ...wrongValues(node, value, path)].slice(0, MAX_FAULTS) }
}

/** A copy with the default of every option that is absent; unknown keys are left out. */
function withDefaults(node: SchemaNode, input: unknown): unknown {
  if (isSection(node)) {
    if (!isAbsent(input) && !isRecord(input)) return input
    const given = isRecord(input) ? input : {}
    const wanted = Object.entries(node.properties).filter(
      ([key]) => Object.hasOwn(given, key) || node.required?.includes(key)
    )
    const entries = wanted.map(
      ([key, child]) => [key, withDefaults(child, ownValue(given, key))] as const
    )
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  }
  if (input === undefined) return structuredClone(node.default)
  const { items } = node
  if (node.type === 'array' && items !== undefined && Array.isArray(input)) {
    return input.map((item) => (item === undefined ? null : withDefaults(items, item)))
  }
  return input
}

function unknownKeys(
  node: SchemaNode,
  input: unknown,
  path: readonly string[],
  root: readonly string[]
): Fault[] {
  const { items } = node
  if (node.type === 'array' && items !== undefined && Array.isArray(input)) {
    return input.flatMap((item, index) => unknownKeys(items, item, [...path, `${index}`], root))
  }
  if (!isSection(node) || !isRecord(input)) return []
  return Object.entries(input).flatMap(([key, value]) => {
    const child = ownValue(node.properties, key)
    if (child !== undefined) return unknownKeys(child, value, [...path, key], root)
    return [unknownKey(Object.keys(node.properties), [...path, key])]
  })
}

function unknownKey(known: readonly string[], path: readonly string[]): Fault {
  const key = path.at(-1) ?? ''
  if (known.length === 0)
    return { path, reason: 'unknown option; there are none', unknownKey: true }
  const near = closest(key.slice(0, 100), known)
  const hint = [...path.slice(0, -1), near].join('.')
  return { path, reason: `unknown option; did you mean ${hint}?`, unknownKey: true }
}

/** One fault for each wrong place; what holds an option is looked at when its parts are right. */
function wrongValues(
  node: SchemaNode,
  value: unknown,
  path: readonly string[],
  expected = describeExpected(node)
): Fault[] {
  const faults = wrongParts(node, value, path)
  if (faults.length > 0 || Value.Check(node as TSchema, value)) return faults
  return [{ path, reason: reasonOf(node, value, expected) }]
}

function wrongParts(node: SchemaNode, value: unknown, path: readonly string[]): Fault[] {
  const { items } = node
  if (node.type === 'array' && items !== undefined && Array.isArray(value)) {
    const expected = node.expected ?? describeExpected(items)
    return value.flatMap((part, at) => wrongValues(items, part, [...path, `${at}`], expected))
  }
  if (!isSection(node) || !isRecord(value)) return []
  return Object.entries(node.properties).flatMap(([key, child]) => {
    if (Object.hasOwn(value, key)) return wrongValues(child, value[key], [...path, key])
    return node.required?.includes(key) ? [{ path: [...path, key], reason: 'is missing' }] : []
  })
}

function reasonOf(node: SchemaNode, value: unknown, expected: string): string {
  if (isSection(node) && isRecord(value)) {
    return Value.Errors(node as TSchema, value)[0]?.message ?? 'is not allowed'
  }
  return `must be ${expected}, found ${describeFound(node, value)}`
}

function isAbsent(input: unknown): boolean {
  return input === undefined || input === null
}

function isRecord(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}
