import { choicesOf, isSection, type SchemaNode } from './schema-node.ts'

const MAX_SHOWN = 60

/** `user:password@` of an address. */
const CREDENTIALS = /\/\/[^/@\s]*@/g

/** A noun phrase for the values that fit: `a whole number from 1 to 65535`. */
export function describeExpected(node: SchemaNode): string {
  if (node.type === 'array') return describeList(node)
  if (node.expected !== undefined) return node.expected
  if (isSection(node)) return 'a section with named options'
  if (node.file === true) return 'the path of a file'
  if (node.duration === true) return describeDuration(node)
  const choices = choicesOf(node)
  if (choices !== undefined) return `one of ${choices.join(', ')}`
  if (node.type === 'integer') return `a whole number${rangeOf(node.minimum, node.maximum, '')}`
  if (node.type === 'number') return `a number${rangeOf(node.minimum, node.maximum, '')}`
  if (node.type === 'boolean') return 'true or false'
  if (node.type === 'object') return 'a map of names to values'
  const length = rangeOf(node.minLength, node.maxLength, ' characters')
  return node.pattern === undefined ? `a text${length}` : `a text that fits ${node.pattern}`
}

function describeDuration(node: SchemaNode): string {
  const least = node.shortest === undefined ? '' : ` of at least ${node.shortest}`
  return `a duration such as 500ms, 30s, 5m or 1h${least}`
}

function describeList(node: SchemaNode): string {
  const item = node.expected ?? describeExpected(node.items ?? {})
  return `a list${rangeOf(node.minItems, node.maxItems, ' entries')}, each ${item}`
}

function rangeOf(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}${unit}`
  if (least !== undefined) return ` of at least ${least}${unit}`
  return most === undefined ? '' : ` of at most ${most}${unit}`
}

/** What was found instead; never a secret, and never more than a line. */
export function describeFound(node: SchemaNode, value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'a section'
  if (node.secret === true) return 'something else'
  const text = JSON.stringify(value).replaceAll(CREDENTIALS, '//…@')
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}
