import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { seededRandom } from '../../../src/plugins/haproxy/agreement/seeded-random.ts'
import { type Change, drawScript } from './script.ts'

test('a script of changes: the same for the same seed, and every app is left a task to serve', () => {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const { apps, changes } = drawScript(200, seededRandom(seed))
      assert.deepEqual(drawScript(200, seededRandom(seed)), { apps, changes })
      assert.equal(changes.length, 200)
      const tasks = new Map(apps.map(({ name, instances }) => [name, instances]))
      for (const change of changes) {
        check(change, tasks.get(change.app))
        if (change.kind === 'destroy') tasks.delete(change.app)
        else tasks.set(change.app, change.instances)
      }
    }),
    { numRuns: 50 }
  )
})

function check({ kind, app, instances }: Change, before: number | undefined): void {
  assert.equal(before === undefined, kind === 'create')
  if (kind === 'kill' || kind === 'crash') assert.ok(before !== undefined && before >= 2)
  if (kind !== 'destroy') assert.ok(instances >= (app.startsWith('steady') ? 2 : 1))
  if (app === 'socket') assert.match(kind, /^scale-/)
}
