import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  LABEL_PREFIX,
  type LabelDefinition,
  labelDefinitions,
  labelKeys
} from '../../src/gateway/model/label-definitions.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/labels.md'), 'utf8')
const context = { pickers: new Set(['hash']), hookSets: new Set(['sign-in']) }

test('docs/labels.md tells every label, and no other', () => {
  const told = [...page.matchAll(/^### (\S+)$/gm)].map(([, name]) => name)
  assert.deepEqual(
    told,
    labelKeys.map((key) => LABEL_PREFIX + key)
  )
})

describe('docs/labels.md: the example of a label is right', () => {
  for (const key of labelKeys) {
    test(key, () => {
      const label: LabelDefinition<unknown> = labelDefinitions[key]
      const [, name, value = ''] = /^"([^"]+)": "([^"]+)"$/.exec(label.example) ?? []
      assert.equal(name, LABEL_PREFIX + key)
      assert.deepEqual(label.parse(value, context).problems, [])
    })
  }
})
