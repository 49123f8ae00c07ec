import type { TSchema } from 'typebox'

/**
 * What this floor reads of a TypeBox schema, which is JSON Schema with a few marks of our own:
 * `secret` (never printed, no flag), `file` (a path), `duration`, and `expected` (the noun phrase of a
 * value that fits, of an item in case of a list).
 */
export interface SchemaNode {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly items?: SchemaNode
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly secret?: boolean
  readonly file?: boolean
  readonly duration?: boolean
  readonly shortest?: string
  readonly expected?: string
}

export function nodeOf(schema: TSchema): SchemaNode {
  return schema as SchemaNode
}

/** An object with named options; a record with free keys is a value, not a section. */
export function isSection(
  node: SchemaNode
): node is SchemaNode & { properties: Readonly<Record<string, SchemaNode>> } {
  return node.type === 'object' && node.properties !== undefined
}

/** Names among which the value is chosen; undefined when it is free. */
export function choicesOf(node: SchemaNode): readonly string[] | undefined {
  const values = node.anyOf?.map((option) => option.const)
  return values?.every((value) => typeof value === 'string') ? values : undefined
}

/** The value under an own key: `constructor` of a plain object is none. */
export function ownValue<Value>(
  record: Readonly<Record<string, Value>> | undefined,
  key: string
): Value | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined
}
