import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRoutesFile } from '../../../src/plugins/file/parse-file.ts'

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'

function routeOf(lines: string) {
  const text = `routes:\n  - app: /a\n    host: a.example.com\n    ${lines}\n`
  return parseRoutesFile('file', 'routes.yaml', text, 0).routes[0]
}

test('guards of a route in the file arrive in the route', () => {
  assert.deepEqual(routeOf('networks: [10.0.0.0/8, "::1"]')?.guard, {
    networks: ['10.0.0.0/8', '::1']
  })
  assert.deepEqual(routeOf(`auth: ["shop:ann:${HASH}"]`)?.guard, {
    auth: { realm: 'shop', users: [{ name: 'ann', hash: HASH }] }
  })
  assert.deepEqual(routeOf('https: redirect')?.guard, { https: 'redirect' })
  assert.equal(routeOf('hsts: 300')?.hsts, 300)
  assert.equal(routeOf('strip: true')?.guard, undefined)
})

describe('a wrong guard in the file refuses the file', () => {
  for (const line of [
    'networks: []',
    'networks: [everybody]',
    'auth: []',
    'auth: ["shop:ann:secret"]',
    'https: yes',
    'hsts: -1'
  ]) {
    test(line, () => assert.throws(() => routeOf(line), /routes\.yaml:/))
  }
})
