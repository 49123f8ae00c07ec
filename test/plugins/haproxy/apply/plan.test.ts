import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Capabilities } from '../../../../src/plugins/haproxy/apply/capabilities.ts'
import { withDefaults } from '../../../../src/plugins/haproxy/apply/named-defaults.ts'
import { planChange } from '../../../../src/plugins/haproxy/apply/plan.ts'
import {
  type Running,
  type RunningServer,
  runningOf
} from '../../../../src/plugins/haproxy/apply/running.ts'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import type { Step } from '../../../../src/plugins/haproxy/apply/step.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { able, backend, server, state } from '../../../support/haproxy-states.ts'

const [a, b] = [server('a'), server('b', { port: 10 })]
const app = (...servers: readonly (typeof a)[]) => state({ backends: [backend('app', servers)] })
const tcp = { settings: ['mode tcp'] }
const kind = { defaults: 'kind' }
/** A listener of its own leads to the last backend; no map does. */
const port = (name: string, ...servers: readonly (typeof a)[]) => {
  const tcpApp = backend(name, servers, tcp)
  const { backends, ...rest } = state({
    backends: [backend('app', [a])],
    moreStructure: ['frontend port', `  default_backend ${name}`]
  })
  return { ...rest, backends: [...backends, tcpApp] }
}
const newStructure = { moreStructure: ['  timeout queue 1s'] }

interface Case {
  readonly name: string
  readonly running: Running
  readonly next: Desired
  readonly can?: Partial<Capabilities>
  readonly steps: readonly string[]
  readonly reload?: RegExp
}

const cases: readonly Case[] = [
  { name: 'the same: nothing', running: runningOf(app(a, b)), next: app(a, b), steps: [] },
  {
    name: 'a task more and a task less: the new one first',
    running: runningOf(app(a)),
    next: app(b),
    steps: ['add app/b 127.0.0.1:10 100', 'leave app/a']
  },
  {
    name: 'a backend that only a listener leads to stands for itself',
    running: runningOf(withSpares(port('tcp', a), 1)),
    next: port('tcp', b),
    steps: ['add tcp/b 127.0.0.1:10 100', 'leave tcp/a']
  },
  {
    name: 'a backend that only a listener leads to keeps its servers until the reload',
    running: runningOf(port('tcp', a)),
    next: port('other', b),
    steps: [],
    reload: /lines outside/
  },
  {
    name: 'another weight',
    running: runningOf(app(a)),
    next: app({ ...a, weight: 3 }),
    steps: ['weight app/a 3']
  },
  {
    name: 'another address',
    running: runningOf(app(a)),
    next: app({ ...a, address: '::1', port: 7 }),
    steps: ['address app/a ::1 7']
  },
  {
    name: 'another spelling of an IPv6 address: nothing',
    running: runningOf(app({ ...a, address: '::1' })),
    next: app({ ...a, address: '0:0:0:0:0:0:0:1' }),
    steps: []
  },
  {
    name: 'a last resort becomes a task like others: a twin first',
    running: runningOf(app({ ...a, backup: true })),
    next: app(a),
    steps: ['add app/a:2 127.0.0.1:9 100', 'leave app/a']
  },
  {
    name: 'a twin is the task itself',
    running: withServer(app(), { ...a, name: 'a:2', words: '', state: 'ready' }),
    next: app(a),
    steps: []
  },
  {
    name: 'other check words: twins of all servers',
    running: runningOf(app(a)),
    next: state({ backends: [backend('app', [a], { serverWords: ['check'] })] }),
    steps: ['add app/a:2 127.0.0.1:9 100 check', 'leave app/a']
  },
  {
    name: 'words nobody remembers are taken as right',
    running: withServer(app(), { ...a, words: undefined, state: 'ready' }),
    next: state({ backends: [backend('app', [a], { serverWords: ['check'] })] }),
    steps: []
  },
  {
    name: 'a task that is leaving comes back',
    running: withServer(app(), { ...a, words: '', state: 'leaving' }),
    next: app(a),
    steps: ['ready app/a']
  },
  {
    name: 'a task that is leaving is not told twice',
    running: withServer(app(), { ...a, words: '', state: 'leaving' }),
    next: app(),
    steps: []
  },
  {
    name: 'somebody took a task out',
    running: withServer(app(), { ...a, words: '', state: 'off' }),
    next: app(a),
    steps: ['ready app/a']
  },
  {
    name: 'a new app of a known kind: a spare, its servers before its routes',
    running: runningOf(withSpares(app(a), 1)),
    next: state({ backends: [backend('app', [a]), backend('new', [b])] }),
    steps: [
      'add SPARE-1/b 127.0.0.1:10 100',
      'map backends.map +new=SPARE-1',
      'map routes.map +new.test=new'
    ]
  },
  {
    name: 'an app ends: its routes, its section, then its servers',
    running: runningOf(state({ backends: [backend('app', [a]), backend('old', [b])] })),
    next: app(a),
    steps: ['map routes.map -old.test', 'map backends.map -old', 'leave old/b']
  },
  {
    name: 'an app that comes back has its own section',
    running: emptySection('old'),
    next: state({ backends: [backend('app', [a]), backend('old', [b])] }),
    steps: [
      'add old/b 127.0.0.1:10 100',
      'map backends.map +old=old',
      'map routes.map +old.test=old'
    ]
  },
  {
    name: 'the section of an app that ends is not taken before its routes have gone',
    running: runningOf(app(a)),
    next: state({ backends: [backend('new', [b])] }),
    steps: ['map routes.map -app.test', 'map backends.map -app', 'leave app/a'],
    reload: /^backend new needs a section/
  },
  {
    name: 'other settings, no section has them: until the reload its own one holds the new tasks',
    running: runningOf(app(a)),
    next: state({ backends: [backend('app', [b], { ...tcp, serverWords: ['check'] })] }),
    steps: ['add app/b 127.0.0.1:10 100', 'leave app/a'],
    reload: /^backend app needs a section/
  },
  {
    name: 'another backend for a host, no section has it: the one of before holds its tasks',
    running: runningOf(app(a)),
    next: state({ backends: [backend('app__x', [b], tcp)], hosts: [['app.test', 'app__x']] }),
    steps: ['add app/b 127.0.0.1:10 100', 'leave app/a'],
    reload: /^backend app__x needs a section/
  },
  {
    name: 'other lines outside and another backend for a host: the one of before holds its tasks',
    running: runningOf(app(a)),
    next: state({
      backends: [backend('app__x', [b], tcp)],
      hosts: [['app.test', 'app__x']],
      ...newStructure
    }),
    steps: ['add app/b 127.0.0.1:10 100', 'leave app/a'],
    reload: /^lines outside of backends/
  },
  {
    name: 'a new app of a known kind and an end do not wait for another app’s reload',
    running: runningOf(
      withSpares(state({ backends: [backend('app', [a]), backend('old', [b])] }), 1)
    ),
    next: state({
      backends: [backend('app', [a]), backend('new', [b]), backend('other', [a], tcp)]
    }),
    steps: [
      'add SPARE-1/b 127.0.0.1:10 100',
      'map backends.map +new=SPARE-1',
      'map routes.map +new.test=new -old.test',
      'map backends.map -old',
      'leave old/b'
    ],
    reload: /^backend other needs a section/
  },
  {
    name: 'other settings, a spare has them: new servers, the move, then the old ones leave',
    running: runningOf(
      withSpares(state({ backends: [backend('app', [a]), backend('other', [], tcp)] }), 1)
    ),
    next: state({ backends: [backend('app', [a], tcp), backend('other', [], tcp)] }),
    steps: ['add SPARE-1/a 127.0.0.1:9 100', 'map backends.map app=SPARE-1', 'leave app/a']
  },
  {
    name: 'a backend that structure names never moves',
    running: runningOf(
      withSpares(
        state({
          backends: [backend('app', [a]), backend('other', [], tcp)],
          moreStructure: ['  default_backend app']
        }),
        1
      )
    ),
    next: state({
      backends: [backend('app', [a], tcp), backend('other', [], tcp)],
      moreStructure: ['  default_backend app']
    }),
    steps: [],
    reload: /^backend app needs a section/
  },
  {
    name: 'no spare left: a reload; other tasks change at once, routes wait for it',
    running: runningOf(app(a)),
    next: state({ backends: [backend('app', [b]), backend('new', [a]), backend('new2')] }),
    steps: ['add app/b 127.0.0.1:10 100', 'leave app/a'],
    reload: /^backend new and 1 more needs a section/
  },
  {
    name: 'no spare left, but HAProxy can make backends',
    running: runningOf(withDefaults(state({ backends: [backend('app', [a], kind)] }))),
    next: state({ backends: [backend('app', [a], kind), backend('new', [b], kind)] }),
    can: { addBackend: true },
    steps: [
      'backend new__kind from kind http',
      'add new__kind/b 127.0.0.1:10 100',
      'map backends.map +new=new__kind',
      'map routes.map +new.test=new'
    ]
  },
  {
    name: 'other lines outside: a reload; until then an app that ends keeps its servers',
    running: runningOf(state({ backends: [backend('app', [a]), backend('old', [b])] })),
    next: state({ backends: [backend('app', [a, b])], ...newStructure }),
    steps: ['add app/b 127.0.0.1:10 100', 'map routes.map -old.test'],
    reload: /^lines outside of backends have changed$/
  },
  {
    name: 'HAProxy can’t add servers: a reload for new ones, weights at once',
    running: runningOf(app(a)),
    next: app({ ...a, weight: 1 }, b),
    can: { addServer: false },
    steps: ['weight app/a 1'],
    reload: /can’t add servers/
  },
  {
    name: 'few routes change one by one',
    running: runningOf(
      state({
        backends: [backend('app')],
        hosts: [
          ['x', 'app'],
          ['y', 'no']
        ]
      })
    ),
    next: state({
      backends: [backend('app')],
      hosts: [
        ['y', 'app'],
        ['z', 'app']
      ]
    }),
    steps: ['map routes.map +z=app y=app -x']
  },
  {
    name: 'many routes change as a whole',
    running: runningOf(app()),
    next: state({ backends: [backend('app')], hosts: manyHosts() }),
    steps: ['map routes.map whole 60']
  },
  {
    name: 'a map that HAProxy has not loaded is left alone',
    running: { ...runningOf(app()), maps: new Map() },
    next: { ...app(), indirection: 'backends.map' },
    steps: []
  }
]

describe('planChange', () => {
  for (const { name, running, next, can, steps, reload } of cases) {
    test(name, () => {
      const plan = planChange(running, next, { ...able, ...can })
      assert.deepEqual(plan.steps.map(shortly), steps)
      assert.match(plan.reload ?? '', reload ?? /^$/)
    })
  }

  for (const { name, running, next, can, reload } of cases) {
    test(`${name}; planned once more: nothing`, () => {
      if (reload !== undefined) return
      const { after } = planChange(running, next, { ...able, ...can })
      assert.deepEqual(planChange(after, next, { ...able, ...can }).steps, [])
    })
  }
})

function shortly(step: Step): string {
  const plain = line(step)
  return plain.replace(/gateway\.spare-[0-9a-f]+-/g, 'SPARE-')
}

function line(step: Step): string {
  if (step.do === 'add-backend') return `backend ${step.backend} from ${step.defaults} ${step.mode}`
  if (step.do === 'replace-map') return `map ${step.map} whole ${step.entries.length}`
  if (step.do === 'change-map') {
    const add = step.add.map(([key, value]) => `+${key}=${value}`)
    const set = step.set.map(([key, value]) => `${key}=${value}`)
    return ['map', step.map, ...add, ...set, ...step.del.map((key) => `-${key}`)].join(' ')
  }
  if (step.do === 'add-server') {
    const { name, address, port, weight, backup } = step.server
    const words = [...(backup ? ['backup'] : []), ...step.words]
    return ['add', `${step.backend}/${name}`, `${address}:${port}`, weight, ...words].join(' ')
  }
  const path = `${step.backend}/${step.server}`
  if (step.do === 'set-weight') return `weight ${path} ${step.weight}`
  if (step.do === 'set-address') return `address ${path} ${step.address} ${step.port}`
  return `${step.do} ${path}`
}

/** The only backend with one server more. */
function withServer(desired: Desired, added: RunningServer): Running {
  const running = runningOf(desired)
  const backends = [...running.backends.values()].map((one) => {
    return [one.name, { ...one, servers: new Map([[added.name, added]]) }] as const
  })
  return { ...running, backends: new Map(backends) }
}

/** An app whose section is still there, but nothing leads to it. */
function emptySection(name: string): Running {
  const running = runningOf(app(a))
  const section = { ...runningOf(app()).backends.get('app') } as { kind: string }
  return {
    ...running,
    backends: new Map([
      ...running.backends,
      [name, { name, kind: section.kind, servers: new Map() }]
    ])
  }
}

function manyHosts(): (readonly [string, string])[] {
  return Array.from({ length: 60 }, (_, at) => [`h${at}`, 'app'] as const)
}
