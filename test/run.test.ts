import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { tempFolder } from './support/temp-folder.ts'

const good = "import { test } from 'node:test'\ntest('is well', () => {})\n"
const bad = "import { test } from 'node:test'\ntest('is not', () => { throw new Error('so') })\n"
const skipped = "import { test } from 'node:test'\ntest('later', { skip: 'no engine' }, () => {})\n"

const cases = [
  {
    name: 'all well: exit code 0 and the numbers in the last line',
    files: { 'a.test.ts': good, 'deep/b.test.ts': good },
    code: 0,
    last: '2 passed, 0 failed, 0 skipped'
  },
  {
    name: 'a failed test: exit code 1',
    files: { 'a.test.ts': good, 'b.test.ts': bad },
    code: 1,
    last: '1 passed, 1 failed, 0 skipped'
  },
  {
    name: 'a file that fails as a whole: exit code 1',
    files: { 'a.test.ts': good, 'b.test.ts': "throw new Error('so')" },
    code: 1,
    last: '1 passed, 1 failed, 0 skipped'
  },
  {
    name: 'a skipped test: told with its reason',
    files: { 'a.test.ts': good, 'b.test.ts': skipped },
    code: 0,
    told: /Skipped:\n {2}later: no engine/,
    last: '1 passed, 0 failed, 1 skipped'
  },
  {
    name: 'a skipped test in CI: exit code 1',
    files: { 'a.test.ts': good, 'b.test.ts': skipped },
    env: { CI: 'true' },
    code: 1,
    last: '1 passed, 0 failed, 1 skipped'
  },
  {
    name: 'words choose the files whose path holds one of them',
    files: { 'a.test.ts': good, 'deep/b.test.ts': bad },
    args: ['a.t'],
    code: 0,
    last: '1 passed, 0 failed, 0 skipped'
  },
  {
    name: 'no file at all: exit code 1',
    files: { 'a.ts': good },
    code: 1,
    told: /no \*\.test\.ts/
  },
  {
    name: 'no file for a word: exit code 1',
    files: { 'a.test.ts': good },
    args: ['none'],
    code: 1,
    told: /no \*\.test\.ts none/
  }
] as const

describe('test/run.ts', () => {
  for (const { name, files, code, ...given } of cases) {
    test(name, async (t) => {
      const folder = await tempFolder(t, { ...files, 'package.json': '{"type":"module"}' })
      await copyFile(join(import.meta.dirname, 'run.ts'), join(folder, 'run.ts'))
      const ended = await run(
        folder,
        'args' in given ? given.args : [],
        'env' in given ? given.env : {}
      )
      if ('last' in given) assert.equal(ended.text.trimEnd().split('\n').at(-1), given.last)
      if ('told' in given) assert.match(ended.text, given.told)
      assert.equal(ended.code, code, ended.text)
    })
  }
})

/** Without the variables of the runner around it, which would change how the inner one reports. */
async function run(folder: string, args: readonly string[], env: Record<string, string>) {
  const { PATH = '' } = process.env
  const tsx = import.meta.resolve('tsx')
  const words = ['--import', tsx, join(folder, 'run.ts'), ...args]
  const child = spawn(process.execPath, words, { env: { PATH, ...env }, timeout: 240_000 })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part))
  const [code] = await once(child, 'close')
  return { code, text }
}
