import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { marathonLbDefinitions } from '../../src/gateway/model/marathon-lb-definitions.ts'

test('docs/coming-from-marathon-lb.md tells every label of a port, and no other', () => {
  const page = readFileSync(
    join(import.meta.dirname, '../../docs/coming-from-marathon-lb.md'),
    'utf8'
  )
  const rows = [...page.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell)
  const told = rows.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
  const known = told.filter((name) => name !== 'HAPROXY_GROUP')
  assert.deepEqual([...known].sort(), [...marathonLbDefinitions.keys()].sort())
})
