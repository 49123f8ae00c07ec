import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { HostClasses, HostIndex } from '../../../src/gateway/model/host-index.ts'
import type { Route, Service, TableData } from '../../../src/gateway/model/route.ts'
import { buildTable, emptyTable, type Table } from '../../../src/gateway/model/table.ts'
import type { EntryChanges } from '../../../src/gateway/model/table-changes.ts'
import { applyPatch, patchPieces, type TablePatch } from '../../../src/gateway/model/table-patch.ts'

const HOSTS = ['a.local', 'b.local', 'x.a.local', '*.local', '*.a.local', '[::1]', undefined]
const PATHS = ['/', '/a', '/a/b', '/long/path']

/** Many ids and few places, so that routes come, go, change and move. */
const route: fc.Arbitrary<Route> = fc.record({
  id: fc.nat({ max: 60 }).map((id) => `route-${id}`),
  match: fc
    .record({
      host: fc.constantFrom(...HOSTS),
      path: fc.constantFrom(...PATHS),
      methods: fc.constantFrom(undefined, ['GET'])
    })
    .map(({ host, path, methods }) => ({
      path,
      ...(host !== undefined && { host }),
      ...(methods !== undefined && { methods })
    })),
  services: fc.constant([]),
  priority: fc.nat({ max: 2 }),
  strip: fc.boolean(),
  upgrade: fc.constant('none' as const),
  hooks: fc.constant(''),
  settings: fc.constant({}),
  origins: fc.constant({})
})

const service: fc.Arbitrary<Service> = fc
  .tuple(fc.nat({ max: 200 }), fc.nat({ max: 3 }))
  .map(([id, port]) => serviceOf(id, port))

function serviceOf(id: number, port: number): Service {
  return {
    id: `service-${id}`,
    origin: { source: 'test' },
    endpoints: [],
    leftOut: [],
    picker: 'round-robin',
    timeouts: {},
    servicePort: port
  }
}

const data: fc.Arbitrary<TableData> = fc
  .record({
    routes: fc.uniqueArray(route, { selector: ({ id }) => id, maxLength: 40 }),
    services: fc.uniqueArray(service, { selector: ({ id }) => id, maxLength: 150 }),
    appRoutes: fc.uniqueArray(fc.record({ app: fc.constantFrom('/a', '/b', '/c'), route }), {
      selector: ({ app }) => app
    }),
    portRoutes: fc.uniqueArray(fc.record({ service: fc.constantFrom('a', 'b', 'c'), route }), {
      selector: (one) => one.service
    })
  })
  .map(overTheWire)

function overTheWire<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value))
}

/** All that can be seen of an index, but the bounds of path lengths, which may be too high. */
function seen({ exact, wildcard, any }: HostIndex) {
  const seenOf = ({ classes, hasPaths, only }: HostClasses) => ({
    hasPaths,
    only: only?.id,
    classes: classes.map(({ kind, name, paths }) => [
      kind,
      name,
      [...paths].map(([path, candidates]) => [path, candidates.map(({ id }) => id)])
    ])
  })
  const hosts = [...exact, ...wildcard].map(([host, classes]) => [host, seenOf(classes)])
  return { hosts, any: seenOf(any) }
}

function assertSame(made: Table, built: Table): void {
  assert.equal(made.hash, built.hash)
  assert.deepEqual(made.data, built.data)
  for (const part of ['routes', 'services', 'apps', 'ports'] as const) {
    assert.equal(made[part].size, built[part].size)
  }
  assert.deepEqual(seen(made.index), seen(built.index))
}

describe('table patch: from one table to the next', () => {
  test('gives the table that is built from scratch, however many came before', () => {
    fc.assert(
      fc.property(fc.array(data, { minLength: 1, maxLength: 6 }), (all) => {
        let table = emptyTable()
        for (const one of all) {
          const built = buildTable(one)
          const next = applyPatch(table, overTheWire(patchOf(table, built)))
          assert.ok(next !== undefined)
          assertSame(next, built)
          // The table before is what it was.
          assertSame(table, buildTable(table.data))
          table = next
        }
      }),
      { numRuns: 300 }
    )
  })

  test('in pieces, too', () => {
    fc.assert(
      fc.property(data, data, fc.integer({ min: 1, max: 9 }), (before, after, most) => {
        const built = buildTable(after)
        let table: Table | undefined = buildTable(before)
        for (const piece of patchPieces(table, built, most)) {
          const { routes, services } = piece
          const { length } = [routes, services].flatMap(({ put, removed }) => [...put, ...removed])
          assert.ok(length <= most)
          table = table && applyPatch(table, overTheWire(piece))
        }
        assert.ok(table !== undefined)
        assertSame(table, built)
      })
    )
  })
})

describe('table patch', () => {
  const services = Array.from({ length: 1000 }, (_, id) => serviceOf(id, 1))
  const before = buildTable({ routes: [], services })

  test('holds what changed alone', () => {
    const after = buildTable({ routes: [], services: [...services.slice(1), serviceOf(0, 2)] })
    const patch = patchOf(before, after)
    assert.deepEqual(patch.services, { put: [['service-0', serviceOf(0, 2)]], removed: [] })
    assert.deepEqual(patch.routes, { put: [], removed: [] })
  })

  test('what did not change stays the same object', () => {
    const put = [serviceOf(1, 1), serviceOf(2, 2)].map((one) => [one.id, one] as const)
    const { hash: _, ...nothing } = patchOf(before, before)
    const after = applyPatch(before, { ...nothing, services: { put, removed: ['unknown'] } })
    assert.ok(after !== undefined)
    assert.equal(after.services.get('service-1'), before.services.get('service-1'))
    assert.equal(after.services.get('service-2'), put[1]?.[1])
    assert.deepEqual([...before.services.changedKeys(after.services)], ['service-2'])
  })

  test('nothing to change: the same table', () => {
    const same = buildTable({ routes: [], services: overTheWire(services) })
    assert.equal(applyPatch(before, patchOf(before, same)), before)
  })

  test('is refused by a table that it was not made for', () => {
    const patch = patchOf(before, buildTable({ routes: [], services: services.slice(1) }))
    assert.equal(applyPatch(emptyTable(), { ...patch, hash: before.hash }), undefined)
    const other = buildTable({ routes: [], services: [serviceOf(5000, 1)] })
    assert.equal(applyPatch(other, patch), undefined)
  })
})

/** All pieces in one. */
function patchOf(previous: Table, next: Table): TablePatch {
  const pieces = [...patchPieces(previous, next, Number.POSITIVE_INFINITY)]
  const joined = <Value>(changes: readonly EntryChanges<Value>[]): EntryChanges<Value> => ({
    put: changes.flatMap(({ put }) => put),
    removed: changes.flatMap(({ removed }) => removed)
  })
  return {
    routes: joined(pieces.map(({ routes }) => routes)),
    services: joined(pieces.map(({ services }) => services)),
    appRoutes: joined(pieces.map(({ appRoutes }) => appRoutes)),
    portRoutes: joined(pieces.map(({ portRoutes }) => portRoutes)),
    hash: next.hash
  }
}
