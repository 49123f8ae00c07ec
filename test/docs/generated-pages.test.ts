import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { builtInPlugins } from '../../src/cli/built-in-plugins.ts'
import { configSchema } from '../../src/gateway/config/config-schema.ts'
import { leavesOf } from '../../src/gateway/config/leaves.ts'
import { isSection, nodeOf, type SchemaNode } from '../../src/gateway/config/schema-node.ts'
import { generatedPages } from '../../tools/generated-pages.ts'

const docs = join(import.meta.dirname, '../../docs')
const schema = configSchema(builtInPlugins)

describe('docs: a page made from the code is as the code says (npm run docs writes it)', () => {
  for (const [name, text] of Object.entries(generatedPages())) {
    test(name, () => {
      const written = readFileSync(join(docs, name), 'utf8').split('\n')
      const wrong = text.split('\n').find((line, at) => line !== written[at])
      assert.equal(wrong, undefined, 'the page lacks a line: npm run docs')
      assert.equal(written.length, text.split('\n').length, 'the page has lines too many')
    })
  }
})

test('docs/options.md tells every option of the schema, and no other', () => {
  const page = readFileSync(join(docs, 'options.md'), 'utf8')
  const told = [...page.matchAll(/^### `([^`]+)`$/gm)].map(([, name]) => name)
  assert.deepEqual(
    told.filter((name) => !name?.includes('[]')).sort(),
    optionNames(nodeOf(schema), []).sort()
  )
  for (const { variable, flag } of leavesOf(schema)) {
    assert.ok(page.includes(`\`${variable}\``), variable)
    assert.ok(flag === undefined || page.includes(`\`${flag}\``), flag)
  }
})

describe('schema: an option has a default and a sentence', () => {
  for (const { path, node } of leavesOf(schema)) {
    test(path.join('.'), () => {
      assert.notEqual(node.default, undefined)
      assert.match(node.description ?? '', /^\S.*[.]$/)
    })
  }
})

function optionNames(node: SchemaNode, path: readonly string[]): string[] {
  if (!isSection(node)) return [path.join('.')]
  return Object.entries(node.properties).flatMap(([key, child]) =>
    optionNames(child, [...path, key])
  )
}
