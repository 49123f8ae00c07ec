import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createLogTail } from '../../../../src/plugins/haproxy/apply/log-tail.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

const lines = [
  // Recorded from 2.6.12; those of servers added by command name it as their origin.
  "[NOTICE]   (7) : CLI : 'server b/x' : New server registered.",
  '[WARNING]  (7) : CLI : Server b/x is UP/READY (leaving forced maintenance).',
  '[WARNING]  (7) : CLI : Server b/x is DOWN, reason: Layer7 wrong status, code: 500, info: "Internal Server Error", check duration: 1ms. 2 active and 0 backup servers left.',
  '[WARNING]  (7) : Server b/a is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.',
  'Server b/a is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.',
  "[ALERT]    (7) : backend 'b' has no server available!",
  'something else'
]

test('log tail: what probes find is a warning, what our commands cause is not', async (t) => {
  const path = join(await tempFolder(t), 'haproxy.log')
  writeFileSync(path, '')
  const said: string[] = []
  const say = (level: string) => (facts: object) => {
    const { haproxy = '' } = facts as { haproxy?: string }
    said.push(`${level} ${haproxy.slice(0, 40)}`)
  }
  const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }
  const tail = createLogTail(path, log)
  appendFileSync(path, `${lines.join('\n')}\n`)
  tail.read()
  assert.deepEqual(
    said.map((line) => line.split(' ').slice(0, 5).join(' ')),
    [
      "debug 'server b/x' : New",
      'debug Server b/x is UP/READY',
      'warn Server b/x is DOWN,',
      'warn Server b/a is UP,',
      'debug Server b/a is UP,',
      "error backend 'b' has no",
      'info something else'
    ]
  )
  assert.equal(tail.lastAlert(), undefined)
  appendFileSync(path, '[ALERT]    (7) : config : bad\n')
  tail.read()
  assert.equal(tail.lastAlert(), 'config : bad')
})
