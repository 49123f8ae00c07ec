import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Table } from '../../../src/gateway/model/table.ts'
import type { GatewayHost } from '../../../src/gateway/plugin.ts'
import type { HaproxyKeeper } from '../../../src/plugins/haproxy/apply/keeper.ts'
import type { Desired } from '../../../src/plugins/haproxy/desired.ts'
import type { ListenerBook } from '../../../src/plugins/haproxy/listeners/listener-book.ts'
import type { Wanted } from '../../../src/plugins/haproxy/render/listeners.ts'
import { defaultRenderOptions } from '../../../src/plugins/haproxy/render/options.ts'
import { createRenderings } from '../../../src/plugins/haproxy/renderings.ts'
import { serviceOf, tableOf } from '../../support/rendered-tables.ts'

/** Renderings of a table whose sockets a test looks up. */
function renderingsUnderTest(table: Table, optionsFail = false) {
  const applied: Desired[] = []
  const wanted: Wanted[] = []
  const errors: string[] = []
  const log = {
    warn: () => undefined,
    error: (_facts: object, message: string) => void errors.push(message)
  }
  const book = {
    known: false as boolean,
    refused: new Map(),
    certificateFiles: new Set<string>(),
    use(next: Wanted) {
      wanted.push(next)
      return this.known
    },
    recheck: async () => true,
    close: () => undefined
  } satisfies ListenerBook & { known: boolean }
  const keeper = { apply: (desired: Desired) => void applied.push(desired) }
  const rendered = createRenderings(
    { table, log } as unknown as GatewayHost,
    keeper as unknown as HaproxyKeeper,
    ({ listeners, addresses }) => {
      if (optionsFail) throw new Error('no')
      return { ...defaultRenderOptions, addresses, servicePorts: { host: '', ...listeners } }
    },
    book
  )
  return { rendered, book, applied, wanted, errors }
}

const binds = (desired: Desired | undefined) =>
  desired?.structure.filter((line) => line.includes('bind :::20')) ?? []

test('nothing is handed on before all sockets of service ports are known', (t) => {
  const table = tableOf(
    [serviceOf('/a', [1], { servicePort: 2001 }), serviceOf('/b', [1], { servicePort: 2002 })],
    []
  )
  const { rendered, book, applied, wanted } = renderingsUnderTest(table)
  t.after(() => rendered.close())
  rendered.renew()
  assert.deepEqual(applied, [])
  assert.deepEqual(
    wanted[0]?.sockets.map(({ port }) => port),
    [2001, 2002]
  )
  book.known = true
  book.refused.set('2001 ', { fact: 'port', reason: 'in use' })
  rendered.renew()
  assert.deepEqual(applied.map(binds), [['  bind :::2002 v4v6']])
  assert.match(rendered.problems[0]?.reason ?? '', /can’t be bound: in use/)
})

test('a rendering that fails is logged, whoever asked for it', (t) => {
  const { rendered, applied, errors } = renderingsUnderTest(tableOf([], []), true)
  t.after(() => rendered.close())
  rendered.renew()
  assert.deepEqual(applied, [])
  assert.deepEqual(errors, ['the table could not be rendered for HAProxy'])
})
