import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { checksPasswords } from '../../../../src/plugins/haproxy/apply/checks-passwords.ts'
import { noHaproxy } from '../../../support/rendered-haproxy.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

const says = (answer: string) =>
  `#!/bin/sh\nprintf 'HAProxy version 2.6.12\\nEncrypted password support via crypt(3): ${answer}\\n'\n`

test('an HAProxy without crypt(3) is told from others', async (t) => {
  const folder = await tempFolder(t, { with: says('yes'), without: says('no') })
  const programs = ['with', 'without'].map((name) => join(folder, name))
  for (const program of programs) await chmod(program, 0o755)
  assert.deepEqual(await Promise.all(programs.map(checksPasswords)), [true, false])
  assert.equal(await checksPasswords(join(folder, 'missing')), true)
})

test('a real HAProxy says whether it can check passwords', { skip: noHaproxy }, async () => {
  assert.equal(await checksPasswords('haproxy'), true)
})
