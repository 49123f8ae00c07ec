import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeDiff } from '../../../src/gateway/model/diff.ts'
import { buildTable, emptyTable } from '../../../src/gateway/model/table.ts'
import { app, compileApps, task } from '../../support/apps.ts'

const tableOf = (...apps: Parameters<typeof compileApps>[0]) => buildTable(compileApps(apps).data)
const tasks = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    task({ id: `t.${at}`, host: `127.0.1.${at + 1}`, ports: [31001] })
  )

describe('buildTable', () => {
  test('the hash depends on the data, not on its order', () => {
    const { data } = compileApps([app({ id: '/a' }), app({ id: '/b' })])
    const turned = {
      routes: [...data.routes].reverse(),
      services: [...data.services].reverse(),
      appRoutes: [...(data.appRoutes ?? [])].reverse()
    }
    assert.equal(buildTable(turned).hash, buildTable(data).hash)
    assert.notEqual(
      buildTable({ ...data, routes: data.routes.slice(1) }).hash,
      buildTable(data).hash
    )
  })

  test('data survives JSON, as it goes to other processes', () => {
    const table = tableOf(app({ labels: { 'gateway.timeout.idle': '1s' } }))
    assert.equal(buildTable(JSON.parse(JSON.stringify(table.data))).hash, table.hash)
  })

  test('any change of an endpoint changes the hash', () => {
    const hashes = new Set([0, 1, 2, 3].map((count) => tableOf(app({ tasks: tasks(count) })).hash))
    assert.equal(hashes.size, 4)
  })
})

describe('describeDiff', () => {
  const lines = (previous: ReturnType<typeof tableOf>, next: ReturnType<typeof tableOf>) =>
    describeDiff(previous, buildTable(next.data, previous))

  test('nothing changed: no lines', () => {
    assert.deepEqual(lines(tableOf(app()), tableOf(app())), [])
  })

  test('endpoints that came and went, by app', () => {
    const one = tableOf(app({ tasks: tasks(1) }))
    const three = tableOf(app({ tasks: tasks(3) }))
    assert.deepEqual(lines(one, three), ['/myapp: +2 endpoints (127.0.1.2:31001, 127.0.1.3:31001)'])
    assert.deepEqual(lines(three, one), ['/myapp: -2 endpoints (127.0.1.2:31001, 127.0.1.3:31001)'])
  })

  test('an endpoint becomes the last resort', () => {
    const [one] = tasks(1)
    const away = app({ tasks: [{ ...task(), ...one, state: 'TASK_UNREACHABLE' }] })
    assert.deepEqual(lines(tableOf(app({ tasks: tasks(1) })), tableOf(away)), [
      '/myapp: last resort now: 1 endpoint (127.0.1.1:31001)'
    ])
  })

  test('routes that came, went and changed', () => {
    const strict = app({ labels: { 'gateway.upgrade': 'none' }, tasks: [] })
    const plain = app({ tasks: [] })
    assert.deepEqual(lines(emptyTable(), tableOf(plain)), [
      '+ route marathon:/myapp:0:myapp.local/'
    ])
    assert.deepEqual(lines(tableOf(plain), tableOf(strict)), [
      '~ route marathon:/myapp:0:myapp.local/'
    ])
    assert.deepEqual(lines(tableOf(plain), emptyTable()), [
      '- route marathon:/myapp:0:myapp.local/'
    ])
  })

  test('the policy of a service', () => {
    const plain = app({ tasks: [] })
    const random = app({ labels: { 'gateway.picker': 'random' }, tasks: [] })
    assert.deepEqual(lines(tableOf(plain), tableOf(random)), [
      '~ route marathon:/myapp:0:myapp.local/',
      '~ service marathon:/myapp:0'
    ])
  })

  test('a flood is told in a hundred lines', () => {
    const apps = Array.from({ length: 300 }, (_, at) => app({ id: `/a${at}` }))
    const told = lines(emptyTable(), tableOf(...apps))
    assert.equal(told.length, 101)
    assert.equal(told.at(-1), '… and 500 further changes')
  })
})
