import type { TSchema } from 'typebox'
import { choicesOf, isSection, nodeOf, type SchemaNode } from './schema-node.ts'

/** One option that can be said in one word: in the file, as a variable, as a flag. */
export interface Leaf {
  /** `['routing', 'stickyKey']`. */
  readonly path: readonly string[]
  readonly node: SchemaNode
  /** `GATEWAY_ROUTING_STICKY_KEY`. */
  readonly variable: string
  /** `--routing-sticky-key`; absent for secrets, which everybody could read in the list of processes. */
  readonly flag: string | undefined
}

/** Every option of the schema, in its order. Lists of objects and maps are in the file only. */
export function leavesOf(schema: TSchema): readonly Leaf[] {
  return collect(nodeOf(schema), [])
}

function collect(node: SchemaNode, path: readonly string[]): Leaf[] {
  if (isSection(node)) {
    return Object.entries(node.properties).flatMap(([key, child]) => collect(child, [...path, key]))
  }
  if (path.length === 0 || !isOneWord(node)) return []
  const kebab = path.map(kebabOf).join('-')
  return [
    {
      path,
      node,
      variable: `GATEWAY_${kebab.replaceAll('-', '_').toUpperCase()}`,
      flag: node.secret === true ? undefined : `--${kebab}`
    }
  ]
}

function isOneWord(node: SchemaNode): boolean {
  if (node.type === 'array') return node.items !== undefined && isScalar(node.items)
  return isScalar(node)
}

function isScalar(node: SchemaNode): boolean {
  const { type } = node
  if (type === 'string' || type === 'integer' || type === 'number' || type === 'boolean')
    return true
  return choicesOf(node) !== undefined || node.anyOf?.every(isWord) === true
}

/** A name, or a value that one word says. */
function isWord(node: SchemaNode): boolean {
  return typeof node.const === 'string' || isScalar(node)
}

function kebabOf(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/**
 * The value that a word of the command line or of a variable stands for. What doesn't fit stays a
 * text, and the check of the whole configuration tells what was expected.
 */
export function valueOfText(node: SchemaNode, text: string): unknown {
  if (node.type === 'array') {
    const items = text.split(',').map((item) => item.trim())
    const { items: itemNode = {} } = node
    return items.filter((item) => item !== '').map((item) => valueOfText(itemNode, item))
  }
  if (node.type === 'integer' || node.type === 'number') {
    return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : text
  }
  const named = node.anyOf?.some((option) => option.const === text) ?? false
  const free = node.anyOf?.find((option) => option.const === undefined)
  if (free !== undefined && !named) return valueOfText(free, text)
  if (node.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}
