import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { App } from '../../../src/gateway/model/app.ts'
import { AppList } from '../../../src/gateway/model/app-changes.ts'
import { app } from '../../support/apps.ts'

const IDS = ['/a', '/b', '/c', '/d', '/e', '/f']
/** Two objects for each app. */
const known = new Map<string, readonly App[]>(IDS.map((id) => [id, [app({ id }), app({ id })]]))
const apps = fc.array(
  fc.tuple(fc.constantFrom(...IDS), fc.nat(1)).map(([id, at]) => known.get(id)?.[at] as App),
  { maxLength: 8 }
)

test('app list: tells what came, went and is another object, whatever lists follow each other', () => {
  fc.assert(
    fc.property(fc.array(apps, { maxLength: 5 }), (lists) => {
      const list = new AppList()
      let before = new Map<string, App>()
      for (const next of lists) {
        const after = firstOfEach(next)
        const { changes, twice } = list.update(next)
        const told = new Map(changes.map((change) => [change.id, change]))
        assert.equal(told.size, changes.length, 'an app is told once')
        for (const id of IDS) {
          const was = before.get(id)
          const is = after.get(id)
          assert.equal(list.get(id), is)
          assert.deepEqual(told.get(id), was === is ? undefined : { id, before: was, after: is })
        }
        assert.deepEqual(
          new Set(twice),
          new Set(IDS.filter((id) => next.filter((one) => one.id === id).length > 1))
        )
        before = after
      }
    }),
    { numRuns: 3000 }
  )
})

function firstOfEach(apps: readonly App[]): Map<string, App> {
  return new Map([...apps].reverse().map((one) => [one.id, one]))
}
