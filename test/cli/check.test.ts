import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkExamples } from '../../src/cli/check.ts'
import { runExamples } from '../../src/cli/run.ts'
import { runToEnd } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'

const goodPlugin = `export const plugin = {
  name: 'good',
  options: { type: 'object', required: ['words'], properties: {
    words: { type: 'integer', minimum: 1, default: 3, description: 'Words.' } } },
  register() { throw new Error('a check starts nothing') }
}`

describe('check: the examples of check and run are configurations that are well', () => {
  for (const example of [...checkExamples, ...runExamples]) {
    test(example, async (t) => {
      const cwd = await tempFolder(t, { 'gateway.yaml': 'log: { level: warn }\n' })
      const args = example.split(' ').with(0, 'check')
      const { code, out, err } = await runToEnd(t, args, { cwd })
      assert.equal(err, '')
      assert.match(out, /^(gateway\.yaml|configuration): ok\n$/)
      assert.equal(code, 0)
    })
  }
})

test('check: plugins are loaded with their options, and nothing is started', async (t) => {
  const cwd = await tempFolder(t, {
    'etc/gateway.yaml': 'plugins:\n  - { path: ../my/good.mjs, options: { words: 5 } }\n',
    'my/good.mjs': goodPlugin
  })
  const { code, out, err } = await runToEnd(t, ['check', '-c', 'etc/gateway.yaml'], { cwd })
  assert.deepEqual({ code, out, err }, { code: 0, out: 'etc/gateway.yaml: ok\n', err: '' })
})

test('check: each bad plugin is one line with place, file and reason; exit code 1', async (t) => {
  const cwd = await tempFolder(t, {
    'gateway.yaml': `plugins:
  - path: none.mjs
  - path: throws.mjs
  - path: empty.mjs
  - path: proxy.mjs
  - path: good.mjs
    options: { wrods: 5 }
  - path: good.mjs
    options:
      words: 0
`,
    'good.mjs': goodPlugin,
    'proxy.mjs': goodPlugin.replace("'good'", "'proxy'"),
    'throws.mjs': "throw new Error('no luck\\nat all')",
    'empty.mjs': 'export const nothing = {}'
  })
  const { code, out, err } = await runToEnd(t, ['check', '-c', 'gateway.yaml'], { cwd })
  const file = (name: string) => join(cwd, name)
  assert.deepEqual(err.trimEnd().split('\n'), [
    `gateway.yaml:2: plugins.0: ${file('none.mjs')}: no such file`,
    `gateway.yaml:3: plugins.1: ${file('throws.mjs')}: fails when it is loaded: no luck`,
    `gateway.yaml:4: plugins.2: ${file('empty.mjs')}: exports no plugin: make one with definePlugin and export it`,
    `gateway.yaml:5: plugins.3: ${file('proxy.mjs')}: is called proxy, as another plugin is`,
    `gateway.yaml:7: plugins.4.options.wrods: unknown option; did you mean plugins.4.options.words? (plugin ${file('good.mjs')})`,
    `gateway.yaml:8: plugins.5: ${file('good.mjs')}: is called good, as another plugin is`
  ])
  assert.deepEqual({ code, out }, { code: 1, out: '' })
})

test('check: the watched file of routes is checked too, by its line', async (t) => {
  const cwd = await tempFolder(t, {
    'gateway.yaml': 'file: { path: routes.yaml }\n',
    'routes.yaml': 'routes:\n  - hots: [a.example.com]\n'
  })
  const { code, err } = await runToEnd(t, ['check', '-c', 'gateway.yaml'], { cwd })
  assert.match(err, /routes\.yaml:2: routes\.0\.hots: unknown option; did you mean /)
  assert.equal(code, 1)
  const missing = await runToEnd(t, ['check', '--file-path', 'none.yaml'], { cwd })
  assert.equal(missing.err, '--file-path: file.path: none.yaml: no such file\n')
})
