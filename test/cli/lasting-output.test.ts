import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastingOutput } from '../../src/cli/lasting-output.ts'

test('lines that can not be written are lost, and counted when one can be written again', () => {
  const lines: string[] = []
  let full = false
  const out = lastingOutput({
    on: () => undefined,
    write(text, done) {
      if (!full) lines.push(text)
      done?.(full ? new Error('ENOSPC: no space left on device, write') : null)
    }
  })
  out.write('one')
  full = true
  for (const line of ['two', 'three']) out.write(line)
  full = false
  for (const line of ['four', 'five']) out.write(line)
  const [one, four, told = '', five] = lines
  assert.deepEqual([one, four, five], ['one', 'four', 'five'])
  assert.match(JSON.parse(told).msg, /^2 lines of this log were lost/)
})
