import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service } from '../../../src/gateway/model/route.ts'
import {
  buildTable,
  emptyTable,
  type Table,
  updateTable
} from '../../../src/gateway/model/table.ts'
import { applyPatch, type TablePatch } from '../../../src/gateway/model/table-patch.ts'
import { createTableSender } from '../../../src/plugins/workers/table-sender.ts'

const services = Array.from({ length: 9 }, (_, at) => service(at, 1))
const first = buildTable({ routes: [], services })
const second = withPort(first, 2)
const third = withPort(second, 3)

function service(at: number, servicePort: number): Service {
  return {
    id: `service-${at}`,
    origin: { source: 'test' },
    endpoints: [],
    leftOut: [],
    picker: 'round-robin',
    timeouts: {},
    servicePort
  }
}

/** The same but for its first service. */
function withPort(table: Table, port: number): Table {
  const nothing = { put: [], removed: [] }
  const changed = service(0, port)
  const put = [[changed.id, changed] as const]
  return updateTable(table, {
    ...{ routes: nothing, appRoutes: nothing, portRoutes: nothing },
    services: { put, removed: [] }
  })
}

/** The other side, which answers when it is told to. */
function otherSide(mostEntries?: number) {
  const sent: { patch: TablePatch; whole: boolean }[] = []
  const sender = createTableSender((patch, whole) => void sent.push({ patch, whole }), mostEntries)
  let table = emptyTable()
  return {
    sender,
    sent,
    get hash() {
      return table.hash
    },
    /** Takes the oldest piece. */
    take(): void {
      const piece = sent.shift()
      assert.ok(piece)
      const grown = applyPatch(piece.whole ? emptyTable() : table, piece.patch)
      if (grown !== undefined) table = grown
      sender.answered(grown !== undefined)
    },
    forget(): void {
      table = emptyTable()
    }
  }
}

test('table sender: the first table comes whole, the next ones as differences', () => {
  const other = otherSide()
  other.sender.offer(first)
  assert.equal(other.sent[0]?.whole, true)
  other.take()
  assert.equal(other.hash, first.hash)
  other.sender.offer(second)
  assert.deepEqual(
    other.sent.map(({ whole, patch }) => [whole, patch.services.put.length]),
    [[false, 1]]
  )
  other.take()
  assert.equal(other.hash, second.hash)
  assert.equal(other.sender.agreedHash, second.hash)
  assert.equal(other.sender.waits, false)
})

test('table sender: pieces go one by one, and only the newest table after them', () => {
  const other = otherSide(2)
  other.sender.offer(first)
  other.sender.offer(second)
  other.sender.offer(third)
  let pieces = 0
  while (other.sent.length > 0) {
    assert.equal(other.sent.length, 1)
    other.take()
    pieces += 1
  }
  assert.equal(pieces, 5 + 1, 'nine services in twos, then one for all that came since')
  assert.equal(other.hash, third.hash)
})

test('table sender: after a disagreement the table is sent whole', () => {
  const other = otherSide()
  other.sender.offer(first)
  other.take()
  other.forget()
  other.sender.offer(second)
  other.take()
  assert.equal(other.sent[0]?.whole, true)
  other.take()
  assert.equal(other.hash, second.hash)
})

test('table sender: a table that is there already is not sent', () => {
  const other = otherSide()
  other.sender.offer(first)
  other.take()
  other.sender.offer(first)
  assert.equal(other.sent.length, 0)
})
