import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  describeDifferences,
  shownDifferences
} from '../../../../src/plugins/haproxy/apply/describe-plan.ts'
import { differencesOf, isSame } from '../../../../src/plugins/haproxy/apply/differences.ts'
import { type Running, runningOf } from '../../../../src/plugins/haproxy/apply/running.ts'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { able, backend, server, state } from '../../../support/haproxy-states.ts'

const [a, b] = [server('a'), server('b', { port: 10 })]
const app = (...servers: readonly (typeof a)[]) => state({ backends: [backend('app', servers)] })
const two = state({ backends: [backend('app', [a]), backend('new', [b])] })
const tcp = { settings: ['mode tcp'] }
const users = (hash: string) => ({
  moreStructure: ['userlist u', `  user eve password '${hash}'`, 'defaults x']
})

interface Case {
  readonly name: string
  readonly running: Running
  readonly next: Desired
  readonly lines: readonly string[]
  readonly reload?: RegExp
}

const cases: readonly Case[] = [
  { name: 'the same: none', running: runningOf(app(a, b)), next: app(a, b), lines: [] },
  {
    name: 'spares: none',
    running: runningOf(withSpares(app(a), 2)),
    next: app(a),
    lines: []
  },
  {
    name: 'a section whose app has gone waits for another: none',
    running: emptied(withSpares(two, 1), 'new'),
    next: app(a),
    lines: []
  },
  {
    name: 'a task more, one less, one with another weight',
    running: runningOf(app(a, server('c'))),
    next: app({ ...a, weight: 7 }, b),
    lines: [
      'backends',
      '  ~ app',
      '    ~ server a weight 100 -> 7',
      '    + server b 127.0.0.1:10 weight 100',
      '    - server c 127.0.0.1:9'
    ]
  },
  {
    name: 'another address, a task that somebody took out',
    running: off(app({ ...a, address: '::1' }, b), 'b'),
    next: app(a, b),
    lines: [
      'backends',
      '  ~ app',
      '    ~ server a [::1]:9 -> 127.0.0.1:9',
      '    ~ server b 127.0.0.1:10 takes traffic again'
    ]
  },
  {
    name: 'a task that leaves already: none',
    running: off(app(a, b), 'b'),
    next: app(a),
    lines: []
  },
  {
    name: 'a new app takes a spare, and its host is new',
    running: runningOf(withSpares(app(a), 1)),
    next: two,
    lines: [
      'backends',
      '  + new (takes a spare)',
      '    + server b 127.0.0.1:10 weight 100',
      'routes.map',
      '  + new.test new'
    ]
  },
  {
    name: 'a new app without a spare: a reload',
    running: runningOf(app(a)),
    next: two,
    lines: [
      'backends',
      '  + new (takes a reload)',
      '    + server b 127.0.0.1:10 weight 100',
      'routes.map',
      '  + new.test new'
    ],
    reload: /^backend new needs a section/
  },
  {
    name: 'an app that has gone, a host that moved',
    running: runningOf(two),
    next: state({ backends: [backend('app', [a])], hosts: [['app.test', 'other']] }),
    lines: [
      'backends',
      '  - new',
      '    - server b 127.0.0.1:10',
      'routes.map',
      '  ~ app.test app -> other',
      '  - new.test new'
    ]
  },
  {
    name: 'other settings of an app',
    running: runningOf(app(a)),
    next: state({ backends: [backend('app', [a], tcp)] }),
    lines: [
      'backends',
      '  ~ app (takes a reload)',
      '    -mode http',
      '    -balance roundrobin',
      '    +mode tcp'
    ],
    reload: /^backend app needs a section/
  },
  {
    name: 'lines outside of backends, without password hashes',
    running: runningOf(state({ backends: [], ...users('$5$old$hash') })),
    next: state({ backends: [], port: 2, ...users('$5$new$hash') }),
    lines: [
      'outside of backends',
      '  userlist u',
      '    -user eve password (hidden)',
      '    +user eve password (hidden)',
      '  frontend front from base',
      '    -bind 127.0.0.1:1',
      '    +bind 127.0.0.1:2'
    ],
    reload: /^lines outside/
  },
  {
    name: 'an HAProxy of which nothing is known: everything is new',
    running: { structure: '', backends: new Map(), maps: new Map() },
    next: { ...app(a), structure: ['global', '  maxconn 1'] },
    lines: [
      'backends',
      '  + app (takes a reload)',
      '    + server a 127.0.0.1:9 weight 100',
      'routes.map',
      '  + app.test app',
      'outside of backends',
      '  +global',
      '    +maxconn 1'
    ],
    reload: /^lines outside/
  },
  {
    name: 'what others wrote into a map has no control characters',
    running: withEntry(app(a), 'x\u001b[2J', 'y'),
    next: app(a),
    lines: ['routes.map', '  - x?[2J y']
  }
]

describe('differencesOf', () => {
  for (const { name, running, next, lines, reload } of cases) {
    test(name, () => {
      const differences = differencesOf(running, next, able)
      assert.deepEqual(describeDifferences(differences), lines)
      assert.match(differences.reload ?? '', reload ?? /^$/)
      assert.equal(isSame(differences), lines.length === 0)
      assert.doesNotMatch(JSON.stringify(shownDifferences(differences)), /\$5\$/)
    })
  }
})

function off(desired: Desired, name: string): Running {
  const running = runningOf(desired)
  const section = running.backends.get('app')
  const found = section?.servers.get(name)
  assert.ok(section !== undefined && found !== undefined)
  const servers = new Map([...section.servers, [name, { ...found, state: 'off' as const }]])
  return { ...running, backends: new Map([...running.backends, ['app', { ...section, servers }]]) }
}

/** The backend is in no map any more, and its section is empty. */
function emptied(desired: Desired, name: string): Running {
  const running = runningOf(desired)
  const section = running.backends.get(name)
  assert.ok(section !== undefined)
  const maps = [...running.maps].map(([map, entries]) => {
    return [map, new Map([...entries].filter(([, value]) => value !== name))] as const
  })
  const backends = new Map([...running.backends, [name, { ...section, servers: new Map() }]])
  return { ...running, backends, maps: new Map(maps) }
}

function withEntry(desired: Desired, key: string, value: string): Running {
  const running = runningOf(desired)
  const routes = new Map([...(running.maps.get('routes.map') ?? []), [key, value]])
  return { ...running, maps: new Map([...running.maps, ['routes.map', routes]]) }
}
