import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'

const SCRIPT = join(import.meta.dirname, '../../provisioning/provision.sh')

interface Ended {
  readonly code: number | string | null | undefined
  readonly stdout: string
  readonly stderr: string
}

function run(file: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) =>
    execFile(file, args, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, stdout, stderr })
    )
  )
}

test('provision.sh has fewer than 40 lines', async () => {
  const lines = (await readFile(SCRIPT, 'utf8')).trimEnd().split('\n')
  assert.ok(lines.length < 40, `${lines.length} lines`)
})

const refused: readonly (readonly string[])[] = [
  [],
  ['worker'],
  ['master', '--verbose'],
  ['master', '--exit-codes', 'more'],
  ['master slave'],
  ['slave', '', 'x']
]

for (const args of refused) {
  test(`provision.sh ${JSON.stringify(args)} is refused before anything is done`, async () => {
    const { code, stderr } = await run('bash', [SCRIPT, ...args])
    assert.equal(code, 64)
    assert.equal(stderr, 'usage: provision.sh master|slave [--exit-codes]\n')
  })
}

test('shellcheck finds nothing in provision.sh', async (t) => {
  const { code, stdout } = await run('shellcheck', [SCRIPT])
  if (code === 'ENOENT') return t.skip('shellcheck is not installed')
  assert.equal(code, 0, stdout)
})
