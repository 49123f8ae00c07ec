import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { runToEnd } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

const examples = join(import.meta.dirname, '../../examples')

test('examples/gateway.yaml loads every example by its path', async (t) => {
  const file = join(examples, 'gateway.yaml')
  assert.deepEqual(await runToEnd(t, ['check', '--config', file]), {
    code: 0,
    out: `${file}: ok\n`,
    err: ''
  })
  const text = readFileSync(file, 'utf8')
  for (const name of readdirSync(join(examples, 'plugins'))) {
    assert.ok(text.includes(`path: plugins/${name}`), name)
  }
})

test('every example is under 40 lines', () => {
  for (const name of readdirSync(join(examples, 'plugins'))) {
    const lines = readFileSync(join(examples, 'plugins', name), 'utf8').split('\n').length - 1
    assert.ok(lines < 40, `${name}: ${lines}`)
  }
})

test('a wrong option of an example names file, line, plugin and key', async (t) => {
  const path = join(examples, 'plugins/zone-picker.ts')
  const folder = await tempFolder(t, {
    'gateway.yaml': `plugins:\n  - path: ${path}\n    options:\n      zones: eu\n`
  })
  const file = join(folder, 'gateway.yaml')
  const { code, out, err } = await runToEnd(t, ['check', '--config', file])
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, /gateway\.yaml:4: .*zones: unknown option; did you mean .*zone\?/)
  assert.ok(err.includes(path))
})
