import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { planChange } from '../../../../src/plugins/haproxy/apply/plan.ts'
import { type Running, runningOf } from '../../../../src/plugins/haproxy/apply/running.ts'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { able, backend, type StateParts, server, state } from '../../../support/haproxy-states.ts'

const [a, b] = [server('a'), server('b', { port: 10 })]
const DENY = ['acl office src 10.0.0.0/8', 'http-request deny unless office']
const LOGIN = ['http-request auth unless { http_auth(users) }']
const guarded = (name: string, ...lines: readonly string[]) =>
  backend(name, [a], { settings: ['mode http', 'balance roundrobin', ...lines] })
const open = backend('app', [a])
const safe = guarded('safe', ...DENY)
const other = backend('other', [b])
const newStructure = { moreStructure: ['  timeout queue 1s'] }
const guards = { safe: DENY, both: [...DENY, ...LOGIN], '?2': DENY }

interface Case {
  readonly name: string
  readonly running: StateParts
  readonly next: StateParts
  readonly spares?: number
  /** The map of routes after the steps. */
  readonly routes: Readonly<Record<string, string>>
  readonly left?: readonly string[]
}

/** In each of them something takes a reload. */
const cases: readonly Case[] = [
  {
    name: 'a route that gets a guard is closed',
    running: { backends: [open] },
    next: { backends: [safe], hosts: [['app.test', 'safe']] },
    routes: { 'app.test': 'closed' },
    left: ['app/a']
  },
  {
    name: 'other lines outside as well: closed all the same, the others wait',
    running: { backends: [open, other] },
    next: {
      backends: [safe, backend('new', [b])],
      hosts: [
        ['app.test', 'safe'],
        ['other.test', 'new']
      ],
      ...newStructure
    },
    routes: { 'app.test': 'closed', 'other.test': 'other' }
  },
  {
    name: 'a new route with a guard is closed: another one may lead to the same app',
    running: { backends: [open] },
    next: {
      backends: [open, safe, backend('new', [b], { settings: ['mode tcp'] })],
      hosts: [
        ['app.test', 'app'],
        ['app.test/safe', 'safe'],
        ['new.test', 'new']
      ]
    },
    routes: { 'app.test': 'app', 'app.test/safe': 'closed' }
  },
  {
    name: 'a route with the same guards stays open to those they let in',
    running: { backends: [guarded('safe', ...DENY)] },
    next: {
      backends: [guarded('safe__x', 'option abortonclose', ...DENY)],
      hosts: [['safe.test', 'safe__x']],
      guards: { safe__x: DENY }
    },
    routes: { 'safe.test': 'safe' }
  },
  {
    name: 'a guard that is added to another closes the route',
    running: { backends: [safe] },
    next: { backends: [guarded('both', ...DENY, ...LOGIN)], hosts: [['safe.test', 'both']] },
    routes: { 'safe.test': 'closed' },
    left: ['safe/a']
  },
  {
    name: 'one of two guards that goes may wait',
    running: { backends: [guarded('both', ...DENY, ...LOGIN)] },
    next: { backends: [safe], hosts: [['both.test', 'safe']] },
    routes: { 'both.test': 'both' }
  },
  {
    name: 'the only guard that goes may wait',
    running: { backends: [safe] },
    next: {
      backends: [backend('new', [a], { settings: ['mode http'] })],
      hosts: [['safe.test', 'new']]
    },
    routes: { 'safe.test': 'safe' }
  },
  {
    name: 'other lines outside, but a section has the guards: it is led to at once',
    running: { backends: [open, guarded('kin', ...DENY)] },
    spares: 1,
    next: { backends: [safe], hosts: [['app.test', 'safe']], ...newStructure },
    routes: { 'app.test': 'safe' }
  },
  {
    name: 'other lines outside: what shall be closed is closed at once',
    running: { backends: [open] },
    next: {
      backends: [],
      hosts: [
        ['app.test', 'closed'],
        ['?app.test', 'strict']
      ],
      ...newStructure
    },
    routes: { 'app.test': 'closed', '?app.test': 'strict' }
  },
  {
    name: 'other lines outside: what was closed opens at once',
    running: { backends: [open], hosts: [['app.test', 'closed']] },
    next: { backends: [open], ...newStructure },
    routes: { 'app.test': 'app' }
  },
  {
    name: 'a choice with other guards is closed, one with the same is not',
    running: {
      backends: [open],
      hosts: [
        ['app.test', '?1'],
        ['same.test', '?2'],
        ['free.test', '?3']
      ]
    },
    next: {
      backends: [open],
      hosts: [
        ['app.test', '?2'],
        ['same.test', '?2'],
        ['free.test', '?4']
      ],
      ...newStructure
    },
    routes: { 'app.test': 'closed', 'same.test': '?2', 'free.test': '?3' }
  },
  {
    name: 'a choice instead of one route for all is open when that has all its guards',
    running: { backends: [open, safe] },
    next: {
      backends: [open, safe],
      hosts: [
        ['app.test', '?2'],
        ['safe.test', '?2']
      ],
      ...newStructure
    },
    routes: { 'app.test': 'closed', 'safe.test': 'safe' }
  },
  {
    name: 'other lines outside: a host that goes must not stay in front of a wildcard with guards',
    running: {
      backends: [open, safe],
      hosts: [
        ['x.test', 'app'],
        ['*.test', 'safe']
      ]
    },
    next: { backends: [safe], hosts: [['*.test', 'safe']], ...newStructure },
    routes: { '*.test': 'safe' }
  },
  {
    name: 'a listener that would lead past guards leads nowhere',
    running: {
      backends: [open, backend('tcp', [b], { settings: ['mode tcp'] })],
      hosts: [['app.test', 'app']],
      moreStructure: ['frontend port', '  default_backend tcp']
    },
    next: { backends: [open], shut: ['tcp'] },
    routes: { 'app.test': 'app' },
    left: ['tcp/b']
  }
]

describe('planChange, while a reload is awaited', () => {
  for (const { name, running, next, spares = 0, routes, left = [] } of cases) {
    test(name, () => {
      const wanted = state({ ...next, guards: { ...guards, ...next.guards } })
      const plan = planChange(runningOf(withSpares(state(running), spares)), wanted, able)
      assert.notEqual(plan.reload, undefined)
      assert.deepEqual(routesOf(plan.after), routes)
      const gone = plan.steps.flatMap((step) =>
        step.do === 'leave' ? [`${step.backend}/${step.server}`] : []
      )
      assert.deepEqual(gone, left)
      assertSettled(plan.after, wanted)
    })
  }
})

function routesOf({ maps }: Running): Record<string, string> {
  return Object.fromEntries(maps.get('routes.map') ?? [])
}

function assertSettled(after: Running, wanted: Desired): void {
  assert.deepEqual(planChange(after, wanted, able).steps, [])
}
