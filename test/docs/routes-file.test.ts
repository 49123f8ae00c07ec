import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseRoutesFile } from '../../src/plugins/file/parse-file.ts'

test('docs/routes-file.md: the example is a right file', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/routes-file.md'), 'utf8')
  const [, example = ''] = /```yaml\n([^`]+)```/.exec(page) ?? []
  const { services, routes, overrides } = parseRoutesFile('file', 'routes.yaml', example, 0)
  assert.deepEqual([services.length, routes.length, overrides.length], [1, 4, 2])
})
