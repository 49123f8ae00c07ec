import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Compiled, compile, type RoutingSettings } from '../../../src/gateway/model/compile.ts'
import { Compiler } from '../../../src/gateway/model/compiler.ts'
import { resolve } from '../../../src/gateway/model/resolve.ts'
import { runSteps } from '../../../src/gateway/model/steps.ts'
import { buildTable, updateTable } from '../../../src/gateway/model/table.ts'
import { app, compileInput, port, snapshot } from '../../support/apps.ts'

const LIMITS = { routes: 100, routesPerApp: 5, hosts: 4, labelBytes: 300 }

function compiled(
  labels: Readonly<Record<string, string>>,
  limits: Partial<RoutingSettings['limits']> = {}
): Compiled {
  const ports = [port(), port({ name: 'admin' })]
  const snapshots = [snapshot({ apps: [app({ ports, labels }), app({ id: '/other' })] })]
  return compile(compileInput({ snapshots, settings: { limits: { ...LIMITS, ...limits } } }))
}

function hostsOf({ data }: Compiled): readonly (string | undefined)[] {
  return data.routes.map(({ match }) => match.host)
}

const many = (count: number) => Array.from({ length: count }, (_, n) => `h${n}.test`).join()

test('more hosts than a label may name are a problem with app, label and limit', () => {
  const all = compiled({ 'gateway.hosts': many(6) })
  assert.deepEqual(hostsOf(all), ['h0.test', 'h1.test', 'h2.test', 'h3.test', 'other.local'])
  const [{ app: of, label, reason } = assert.fail(), ...others] = all.problems
  assert.deepEqual([of, label, others.length], ['/myapp', 'gateway.hosts', 0])
  assert.equal(reason, 'more than 4 hosts (routing.limits.hosts); those after them are left out')
})

test('more routes than an app may have are a problem with app, label and limit', () => {
  const labels = { 'gateway.hosts': many(4), 'gateway.admin.hosts': 'a.test b.test c.test' }
  const all = compiled(labels)
  assert.deepEqual(hostsOf(all), [
    ...['h0.test', 'h1.test', 'h2.test', 'h3.test'],
    ...['a.test', 'other.local']
  ])
  const [{ app: of, label, reason } = assert.fail(), ...others] = all.problems
  assert.deepEqual([of, label, others.length], ['/myapp', 'gateway.admin.hosts', 0])
  assert.match(reason, /more than 5 routes \(routing\.limits\.routesPerApp\)/)
})

test('an app that may have no route more keeps its default ones away', () => {
  const labels = { 'gateway.hosts': 'a.test', 'gateway.admin.hosts': 'b.test' }
  assert.deepEqual(hostsOf(compiled(labels, { routesPerApp: 1 })), ['a.test', 'other.local'])
})

for (const label of ['gateway.hosts', 'gateway.nonsense', 'HAPROXY_0_VHOST']) {
  test(`${label}: a value that is too long is a problem with the limit, or unknown`, () => {
    const { problems } = compiled({ [label]: 'x'.repeat(301) })
    assert.deepEqual([problems[0]?.app, problems[0]?.label], ['/myapp', label])
    if (label !== 'gateway.nonsense') {
      assert.match(problems[0]?.reason ?? '', /longer than 300 characters \(routing\.limits\.label/)
    }
  })
}

test('a protective label that is too long closes its route', () => {
  const { data } = compiled({ 'gateway.networks': '10.0.0.0/8 '.repeat(100) })
  assert.match(data.routes[0]?.closed ?? '', /longer than 300/)
})

test('more routes than all apps may have: the last ids are left out, whatever came first', () => {
  const apps = ['/a', '/b', '/c', '/d'].map((id) => app({ id }))
  const settings = { limits: { ...LIMITS, routes: 2 } }
  const input = (given: typeof apps) =>
    compileInput({ snapshots: [snapshot({ apps: given })], settings })
  const all = compile(input(apps))
  assert.deepEqual(hostsOf(all), ['a.local', 'b.local'])
  assert.deepEqual(
    all.problems.map((problem) => problem.app),
    ['/c', '/d']
  )
  assert.match(all.problems[0]?.reason ?? '', /more than 2 routes \(routing\.limits\.routes\)/)

  // Step by step, with one compiler.
  const compiler = new Compiler()
  const base = input([])
  let table = buildTable({ routes: [], services: [] })
  const step = (given: typeof apps): string => {
    const next = { ...base, snapshots: [snapshot({ apps: given })] }
    const { changes } = runSteps(compiler.steps(next))
    table = updateTable(table, changes)
    return [...table.routes.values()].map(({ match }) => match.host).join()
  }
  assert.equal(step(apps.slice(1)), 'b.local,c.local')
  assert.equal(step(apps), 'a.local,b.local')
  assert.equal(step(apps.slice(2)), 'c.local,d.local')
  assert.equal(step([]), '')
})

const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

test('names that objects inherit are ordinary names of apps, ports, hosts and labels', () => {
  const apps = INHERITED.map((name) =>
    app({
      id: `/${name}`,
      ports: [port({ name: `${name}-port` }), port({ name })],
      labels: { 'gateway.path': `/${name}`, [`gateway.${name}.hosts`]: `x-${name}.test` }
    })
  )
  const hosts = app({ id: '/hosts', labels: { 'gateway.hosts': 'constructor valueOf.test' } })
  const { data, problems } = compile(
    compileInput({ snapshots: [snapshot({ apps: [...apps, hosts] })] })
  )
  const table = buildTable(data)
  for (const name of INHERITED) {
    const found = resolve(table, {
      ...{ host: 'any.test', target: `/${name}/a`, method: 'GET' },
      header: () => undefined
    })
    assert.equal(found.kind === 'route' && found.route.origins['service']?.app, `/${name}`)
    assert.equal(table.apps.get(`/${name}`)?.origins['service']?.app, `/${name}`)
  }
  for (const host of ['constructor', 'valueof.test', 'x-constructor.test']) {
    const found = resolve(table, { host, target: '/', method: 'GET', header: () => undefined })
    assert.equal(found.kind, 'route', host)
  }
  assert.deepEqual(problems, [])
})

test('labels of inherited names say nothing, and are told', () => {
  const names = INHERITED.flatMap((name) => [`gateway.${name}`, `gateway.timeout.${name}`])
  const { data, problems } = compiled(Object.fromEntries(names.map((name) => [name, 'x'])))
  assert.deepEqual(problems.map(({ label }) => label).sort(), names.sort())
  assert.deepEqual(Object.keys(data.routes[0]?.settings ?? {}), [])
  assert.equal(data.routes[0]?.closed, undefined)
})
