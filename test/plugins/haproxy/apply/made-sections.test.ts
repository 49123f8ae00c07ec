import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  createMadeSections,
  madeName,
  publishMade,
  withMadeSections,
  withoutUnmade
} from '../../../../src/plugins/haproxy/apply/made-sections.ts'
import { withDefaults } from '../../../../src/plugins/haproxy/apply/named-defaults.ts'
import { planChange } from '../../../../src/plugins/haproxy/apply/plan.ts'
import { type Running, runningOf } from '../../../../src/plugins/haproxy/apply/running.ts'
import { answersOf } from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'
import { able, backend, server, state } from '../../../support/haproxy-states.ts'
import { readRecordings } from '../../../support/recorded-answers.ts'

const canMake = { ...able, addBackend: true }
const kind = { defaults: 'kind' }
const a = server('a')
const app = backend('app', [a], kind)
const later = backend('new', [a], kind)
const files = runningOf(withDefaults(state({ backends: [app] })))

/** As 3.4 said it. */
function recorded(run: string, count: number): string[] {
  const recording = readRecordings().find(({ answers }) => answers.has(run))
  assert.ok(recording !== undefined, run)
  return answersOf(recording.answers.get(run) ?? '', count, recording.name)
}

function line(answers: readonly string[][]) {
  const said: string[] = []
  const left = [...answers]
  const socket = {
    path: '/nowhere',
    ask: async () => '',
    run: async (commands: readonly { readonly words: readonly string[] }[]) => {
      said.push(...commands.map(({ words }) => words.join(' ')))
      return commands.length === 0 ? [] : (left.shift() ?? commands.map(() => ''))
    }
  }
  return { said, socket, folder: '/run/gateway', experimental: false }
}

/** What HAProxy holds with a new app, and when that has gone again. */
function comeAndGone(): { readonly with: Running; readonly without: Running } {
  const come = planChange(files, state({ backends: [app, later] }), canMake)
  assert.equal(come.reload, undefined)
  const gone = planChange(come.after, state({ backends: [app] }), canMake)
  assert.equal(gone.reload, undefined)
  const backends = new Map(gone.after.backends)
  backends.set('new__kind', { ...must(backends.get('new__kind')), servers: new Map() })
  return { with: come.after, without: { ...gone.after, backends } }
}

function must<Item>(item: Item | undefined): Item {
  assert.ok(item !== undefined)
  return item
}

describe('names of made sections', () => {
  test('say the defaults, and are not taken', () => {
    const taken = new Set(['app__kind', 'app__kind:2'])
    assert.equal(madeName({ name: 'new', defaults: 'kind' }, taken), 'new__kind')
    assert.equal(madeName({ name: 'app', defaults: 'kind' }, taken), 'app__kind:3')
  })

  test('are cut, so that HAProxy is told no longer ones', () => {
    const name = madeName({ name: 'a'.repeat(199), defaults: 'kind' }, new Set())
    assert.equal(name, `${'a'.repeat(150)}__kind`)
  })
})

describe('sections that HAProxy shows', () => {
  const shown = (...names: string[]) => [
    ...withMadeSections(files, ['closed', 'app', ...names]).backends.values()
  ]
  test('one that was made is known again by the name of its defaults', () => {
    for (const name of ['new__kind', 'new__kind:12', 'odd__name__kind']) {
      const section = { name, kind: files.defaults?.get('kind'), servers: new Map(), made: true }
      assert.deepEqual(shown(name).at(-1), section)
    }
  })

  test('of others nothing is known', () => {
    for (const name of ['new', 'new__other', 'new_kind', 'kind__', '__', '']) {
      assert.equal(shown(name).length, 1, name)
    }
  })

  test('one that somebody deleted is no more, and is made anew', () => {
    const { with: running } = comeAndGone()
    const deleted = withMadeSections(running, ['app'])
    assert.deepEqual([...deleted.backends.keys()], ['app'])
    const { steps, reload } = planChange(deleted, state({ backends: [app, later] }), canMake)
    assert.equal(reload, undefined)
    assert.deepEqual(
      steps.map((step) => step.do),
      ['add-backend', 'add-server']
    )
  })
})

describe('a section that nobody needs any more', () => {
  test('is deleted', async () => {
    const { without } = comeAndGone()
    const { said, ...rest } = line([recorded('delete a made backend', 3)])
    const made = createMadeSections()
    const after = await made.reap(rest, without, 'backends.map', 0)
    assert.deepEqual(said, [
      'unpublish backend new__kind',
      'del backend new__kind',
      'publish backend new__kind'
    ])
    assert.deepEqual([...after.backends.keys()], ['app'])
    assert.equal(made.nextAt(), Number.POSITIVE_INFINITY)
  })

  test('is asked for later and later while it has requests, and may be used meanwhile', async () => {
    const { without } = comeAndGone()
    const busy = recorded('delete a made backend that has servers', 3)
    const { said, ...rest } = line([busy, busy, recorded('delete a made backend that has gone', 3)])
    const made = createMadeSections()
    assert.equal((await made.reap(rest, without, 'backends.map', 0)).backends.size, 2)
    assert.equal(made.nextAt(), 20)
    const { steps } = planChange(without, state({ backends: [app, later] }), canMake)
    assert.deepEqual(
      steps.map((step) => step.do),
      ['add-server', 'change-map', 'change-map']
    )
    await made.reap(rest, without, 'backends.map', 19)
    assert.equal(said.length, 3)
    await made.reap(rest, without, 'backends.map', 20)
    assert.equal(made.nextAt(), 60)
    assert.equal((await made.reap(rest, without, 'backends.map', 60)).backends.size, 1)
  })

  test('stays while something leads to it, or a server has not left', async () => {
    const { with: used } = comeAndGone()
    const idle = new Map(
      [...used.backends].map(([name, one]) => [name, { ...one, servers: new Map() }])
    )
    const gone = planChange(used, state({ backends: [app] }), canMake).after
    const { said, ...rest } = line([])
    const made = createMadeSections()
    for (const running of [files, used, { ...used, backends: idle }, gone]) {
      assert.equal(await made.reap(rest, running, 'backends.map', 0), running)
    }
    assert.deepEqual(said, [])
  })
})

describe('plans with defaults', () => {
  const plain = { settings: ['mode http'] }
  test('settings change to those of defaults: made before the former section is left', () => {
    const k = backend('k', [], kind)
    const running = runningOf(withDefaults(state({ backends: [backend('app', [a], plain), k] })))
    const { steps, reload } = planChange(running, state({ backends: [app, k] }), canMake)
    assert.equal(reload, undefined)
    assert.deepEqual(
      steps.map((step) => [step.do, 'backend' in step ? step.backend : step.map]),
      [
        ['add-backend', 'app__kind'],
        ['add-server', 'app__kind'],
        ['change-map', 'backends.map'],
        ['leave', 'app']
      ]
    )
  })

  const reloads = [
    ['defaults that HAProxy has not loaded', { ...kind, defaults: 'other' }, canMake],
    ['defaults that say something else', { ...kind, ...plain }, canMake],
    ['none', plain, canMake],
    ['defaults, and an HAProxy that can’t make backends', kind, able]
  ] as const
  for (const [what, part, can] of reloads) {
    test(`a new app with ${what} takes a reload`, () => {
      const next = state({ backends: [app, backend('new', [a], part)] })
      const { steps, reload } = planChange(files, next, can)
      assert.deepEqual(steps, [])
      assert.match(reload ?? '', /^backend new needs a section/)
    })
  }

  test('a section that HAProxy refused to make is not there', () => {
    const { with: running } = comeAndGone()
    const step = {
      do: 'add-backend',
      backend: 'new__kind',
      defaults: 'kind',
      mode: 'http'
    } as const
    const left = withoutUnmade(running, [{ step, reason: 'no' }])
    assert.deepEqual([...left.backends.keys()], ['app'])
    assert.equal(withoutUnmade(running, []), running)
  })
})

test('sections that were made are published by who adopts them', async () => {
  const { said, ...rest } = line([])
  await publishMade(rest, comeAndGone().with)
  assert.deepEqual(said, ['publish backend new__kind'])
})
