import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const program = join(import.meta.dirname, '../../../provisioning/rehearsal/main.ts')

function rehearse(...args: readonly string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const command = ['--import', import.meta.resolve('tsx'), program, ...args]
    execFile(process.execPath, command, { timeout: 240_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), said: stdout + stderr })
    })
  })
}

test('npm run rehearse -- --help says what it needs, what it leaves and how it ends', async () => {
  const { code, said } = await rehearse('--help')
  assert.equal(code, 0)
  for (const word of ['--static', '--long', '--keep', '--report', 'mmdebstrap', 'Exit codes']) {
    assert.ok(said.includes(word), `nothing about ${word}`)
  }
})

test('npm run rehearse -- with an unknown option is wrong usage', async () => {
  const { code, said } = await rehearse('--lnog')
  assert.equal(code, 2)
  assert.match(said, /unknown option '--lnog'/)
})
