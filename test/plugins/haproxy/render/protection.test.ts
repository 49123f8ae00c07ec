import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Guard, Route } from '../../../../src/gateway/model/route.ts'
import { buildTable } from '../../../../src/gateway/model/table.ts'
import type { RenderOptions } from '../../../../src/plugins/haproxy/render/options.ts'
import { mapOf, renderingOf, routeTo, serviceOf } from '../../../support/rendered-tables.ts'

const OFFICE: Guard = { networks: ['10.0.0.0/8', '2001:db8::/32'] }
const HOME: Guard = { networks: ['10.0.0.0/8'] }
const BETA = { headers: { 'x-beta': '1' } }
const FALLBACK = { fallback: '/run/gateway.sock' }

function render(routes: readonly Route[], options: Partial<RenderOptions> = {}) {
  const services = ['/a', '/b'].map((app) => serviceOf(app, [1]))
  const rendering = renderingOf(buildTable({ services, routes }), options)
  const { protection } = rendering.desired
  assert.ok(protection !== undefined)
  return { rendering, protection, values: mapOf(rendering, 'routes.map') }
}

/** A place with a choice: what the map says there. */
const choice = (beta: Partial<Route>, options: Partial<RenderOptions> = {}) => {
  const routes = [routeTo(['/a'], {}), routeTo(['/b'], BETA, beta)]
  const { values, protection } = render(routes, options)
  const name = values['*/'] ?? ''
  return { name, guards: protection.guards.get(name) }
}

test('the guards of a backend are those of its lines that keep clients out', () => {
  const { rendering, protection, values } = render([
    routeTo(['/a'], {}, { guard: OFFICE, hsts: 1 }),
    routeTo(['/a'], { host: 'open.test' }),
    routeTo(['/a'], { host: 'empty.test' }, { guard: {} })
  ])
  const name = values['*/'] ?? ''
  const lines = protection.guards.get(name) ?? []
  assert.match(lines.join('\n'), /^acl network.*10\.0.*\nacl network.*2001:db8.*\n.*status 403/)
  const { settings = [] } = rendering.desired.backends.find((one) => one.name === name) ?? {}
  assert.deepEqual(
    lines.filter((line) => !settings.includes(line)),
    []
  )
  assert.deepEqual([...protection.guards.keys()], [name])
})

test('a part of some guards is never a line of others', () => {
  const [office, home] = [OFFICE, HOME].map((guard) => {
    const { protection, values } = render([routeTo(['/a'], {}, { guard })])
    return protection.guards.get(values['*/'] ?? '') ?? []
  })
  assert.deepEqual(
    office?.filter((line) => home?.includes(line)),
    []
  )
})

test('a choice has the guards of its branches, and another name with others', () => {
  const open = choice({})
  assert.equal(open.guards, undefined)
  assert.equal(choice({ strip: true }).name, open.name)
  const office = choice({ guard: OFFICE })
  assert.equal(office.guards?.length, 3)
  assert.equal(choice({ guard: OFFICE, hsts: 1 }).name, office.name)
  const names = [open, office, choice({ guard: HOME }), choice({ hooks: 'code' })]
  assert.equal(new Set(names.map(({ name }) => name)).size, 4)
})

test('a branch that is closed or handed over for its guards is a guard, too', () => {
  assert.deepEqual(choice({ hooks: 'code' }).guards, ['gateway.closed'])
  assert.deepEqual(choice({ hooks: 'code' }, FALLBACK).guards, ['gateway.fallback'])
  const handedOver = { rewrite: { rootRedirect: '/a"b' } }
  assert.equal(choice(handedOver, FALLBACK).guards, undefined)
})

test('what every rendering understands may be said at once', () => {
  const known = (options: Partial<RenderOptions>) => [...render([], options).protection.known]
  assert.deepEqual(known({}), ['gateway.closed', 'paths', 'root'])
  assert.deepEqual(known(FALLBACK), ['gateway.closed', 'gateway.fallback', 'paths', 'root'])
})

test('listeners of TCP that would lead past guards are shut, with those of their bundles', () => {
  const services = ['/a', '/b', '/c'].map((app, at) =>
    serviceOf(app, [1], { servicePort: 2_000 + at })
  )
  const routes = [routeTo(['/b'], {}, { guard: HOME })]
  const portRoutes = [{ service: 'marathon:/a:0', route: routeTo(['/a', '/b'], {}) }]
  const table = buildTable({ services, routes, portRoutes })
  const shutOf = (options: Partial<RenderOptions>) =>
    [...(renderingOf(table, options).desired.protection?.shut ?? [])].sort()
  assert.deepEqual(shutOf({ servicePorts: { host: '' } }), [
    'marathon:a:0__tcp',
    'marathon:b:0__tcp'
  ])
  assert.deepEqual(shutOf({}), [])
})
