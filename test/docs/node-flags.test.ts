import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { NODE_FLAGS } from '../../bench/node-flags.ts'

const root = join(import.meta.dirname, '../..')
const puppet = 'provisioning/puppet/modules/profile'
const unit = `${puppet}/templates/gateway/marathon-gateway.service.epp`

const image = JSON.stringify(['node', ...NODE_FLAGS, 'dist/cli/main.js', 'run'])

/** Where the gateway is started for good, and how it stands there. */
const places = {
  'package.json': `node ${NODE_FLAGS.join(' ')} dist/cli/main.js demo`,
  Dockerfile: image,
  [`${puppet}/files/gateway/Dockerfile`]: image,
  [unit]: `<%= $node %> ${NODE_FLAGS.join(' ')} <%= $main %> run`
}

for (const [file, start] of Object.entries(places)) {
  test(`Node is told the same in ${file}`, () => {
    const text = readFileSync(join(root, file), 'utf8').replaceAll(', ', ',')
    assert.ok(text.includes(start), `expected: ${start}`)
  })
}
