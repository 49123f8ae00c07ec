import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { addsBackends } from '../../../../src/plugins/haproxy/apply/adds-backends.ts'
import { parseBackends } from '../../../../src/plugins/haproxy/apply/answers.ts'
import { createRuntimeSocket } from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'
import { eventually } from '../../../support/eventually.ts'
import {
  ask,
  type HaproxyUnderTest,
  haproxyUnderTest,
  settled,
  startLoad,
  startTask,
  withoutHaproxy
} from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'

/*
 * With an HAProxy that makes backends at run time (3.4). What `apply/` does with the answers of such a one
 * is tested with any HAProxy, against recorded ones: `made-sections.test.ts`, `recorded.test.ts`.
 */
const canMake = withoutHaproxy === false && (await addsBackends('haproxy'))

const options = { spares: 0, addsBackends: true }
const kind = { defaults: 'kind-plain' }
const leastconn = { settings: ['mode http', 'balance leastconn'], defaults: 'kind-leastconn' }

async function sections({ socket }: HaproxyUnderTest): Promise<string[]> {
  return parseBackends(await createRuntimeSocket(socket).ask('show', 'backend')).sort()
}

function suite(): void {
  test('a new app comes and goes without a reload and without spares', async (t) => {
    const haproxy = await haproxyUnderTest(t, options)
    const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
    const first = backend('first', [one.server], kind)
    const both = haproxy.state({ backends: [first, backend('second', [two.server], kind)] })
    await haproxy.settle(haproxy.state({ backends: [first] }))
    for (let turn = 0; turn < 3; turn += 1) {
      await haproxy.settle(both)
      assert.deepEqual(await ask(haproxy.port, 'second.test'), { status: 200, body: 'two' })
      assert.equal(haproxy.keeper.sectionOf('second'), 'second__kind-plain')
      await haproxy.settle(haproxy.state({ backends: [first] }))
      assert.equal((await ask(haproxy.port, 'second.test')).status, 404)
      await eventually('its section is deleted', async () => {
        return (await sections(haproxy)).join() === 'first'
      })
    }
    const { reloads, refusals, repairs } = haproxy.keeper.status.counts
    assert.deepEqual({ reloads, refusals, repairs }, { reloads: 0, refusals: 0, repairs: 0 })
  })

  test('many apps at once', async (t) => {
    const haproxy = await haproxyUnderTest(t, options)
    const one = await startTask(t, 'one')
    const apps = (count: number) =>
      Array.from({ length: count }, (_, at) => backend(`app${at}`, [one.server], kind))
    await haproxy.settle(haproxy.state({ backends: apps(1) }))
    await haproxy.settle(haproxy.state({ backends: apps(300) }))
    assert.equal((await ask(haproxy.port, 'app299.test')).body, 'one')
    assert.equal((await sections(haproxy)).length, 300)
    await haproxy.settle(haproxy.state({ backends: apps(1) }))
    await eventually('all are deleted', async () => (await sections(haproxy)).length === 1)
    const { reloads, refusals } = haproxy.keeper.status.counts
    assert.deepEqual({ reloads, refusals }, { reloads: 0, refusals: 0 })
  })

  test('settings change without a reload, under load', async (t) => {
    const haproxy = await haproxyUnderTest(t, options)
    const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
    const other = backend('other', [two.server], leastconn)
    const part = (settings: object) =>
      haproxy.state({ backends: [backend('app', [one.server], settings), other] })
    const plain = backend('plain', [], kind)
    const withPlain = haproxy.state({ backends: [...part(kind).backends, plain] })
    await haproxy.settle(withPlain)
    const load = startLoad(haproxy.port, ['app.test', 'other.test'])
    for (const settings of [leastconn, kind, leastconn, kind]) {
      const seen = load.ok()
      const backends = [backend('app', [one.server], settings), other, plain]
      await haproxy.settle(haproxy.state({ backends }))
      await eventually(
        'a hundred requests',
        () => load.ok() > seen + 100 || load.failures.length > 0
      )
    }
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.equal(haproxy.keeper.status.counts.reloads, 0)
  })

  test('an app that is removed finishes its requests before its section is deleted', async (t) => {
    const haproxy = await haproxyUnderTest(t, options)
    const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
    const first = backend('first', [one.server], kind)
    await haproxy.settle(haproxy.state({ backends: [first] }))
    await haproxy.settle(
      haproxy.state({ backends: [first, backend('second', [two.server], kind)] })
    )
    const slow = ask(haproxy.port, 'second.test', { path: '/slow' })
    await eventually('the task has the request', () => two.requests() === 1)
    await haproxy.settle(haproxy.state({ backends: [first] }))
    assert.deepEqual(await sections(haproxy), ['first', 'second__kind-plain'])
    assert.deepEqual(await slow, { status: 200, body: 'two' })
    await eventually('its section is deleted', async () => {
      return (await sections(haproxy)).join() === 'first'
    })
  })

  test('the next gateway adopts what was made, under load', async (t) => {
    const haproxy = await haproxyUnderTest(t, { ...options, rewriteMs: 3_600_000 })
    const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
    const first = backend('first', [one.server], kind)
    const both = haproxy.state({ backends: [first, backend('second', [two.server], kind)] })
    await haproxy.settle(haproxy.state({ backends: [first] }))
    await haproxy.settle(both)
    const load = startLoad(haproxy.port, ['first.test', 'second.test'])
    await haproxy.keeper.close({ stopHaproxy: false })
    const heir = haproxy.again()
    heir.apply(both)
    await settled(heir, haproxy.log)
    assert.equal(heir.sectionOf('second'), 'second__kind-plain')
    await load.stop()
    assert.deepEqual(load.failures, [])
    const { adoptions, reloads, steps } = heir.status.counts
    assert.deepEqual({ adoptions, reloads, steps }, { adoptions: 1, reloads: 0, steps: 0 })
    await haproxy.settle(haproxy.state({ backends: [first] }))
    await eventually('what it did not make is deleted, too', async () => {
      return (await sections(haproxy)).join() === 'first'
    })
  })

  test('a reload writes what was made into the file', async (t) => {
    const haproxy = await haproxyUnderTest(t, options)
    const [one, two] = await Promise.all([startTask(t, 'one'), startTask(t, 'two')])
    const backends = [backend('first', [one.server], kind), backend('second', [two.server], kind)]
    await haproxy.settle(haproxy.state({ backends: backends.slice(0, 1) }))
    await haproxy.settle(haproxy.state({ backends }))
    const load = startLoad(haproxy.port, ['first.test', 'second.test'])
    await haproxy.settle(haproxy.state({ backends, moreStructure: ['  timeout queue 9s'] }))
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.equal(haproxy.keeper.status.counts.reloads, 1)
    assert.deepEqual(await sections(haproxy), ['first', 'second'])
    assert.match(await readFile(join(haproxy.folder, 'haproxy.cfg'), 'utf8'), /^backend second /m)
  })

  test('one that somebody deletes is made again', async (t) => {
    const haproxy = await haproxyUnderTest(t, { ...options, compareMs: 100 })
    const one = await startTask(t, 'one')
    const first = backend('first', [one.server], kind)
    await haproxy.settle(haproxy.state({ backends: [first] }))
    await haproxy.settle(haproxy.state({ backends: [first, backend('second', [], kind)] }))
    const section = 'second__kind-plain'
    const words = [
      ['unpublish', 'backend', section],
      ['del', 'backend', section]
    ]
    await createRuntimeSocket(haproxy.socket).run(words.map((some) => ({ words: some })))
    await eventually('it is noticed', () => haproxy.keeper.status.counts.repairs > 0)
    await eventually('it is there again', async () => (await sections(haproxy)).includes(section))
    assert.equal(haproxy.keeper.status.counts.reloads, 0)
  })
}

if (canMake) describe('haproxy: backends that are made at run time', suite)
else {
  test('haproxy: without a command that makes backends, defaults change nothing', {
    skip: withoutHaproxy
  }, async (t) => {
    const haproxy = await haproxyUnderTest(t, { spares: 1 })
    const one = await startTask(t, 'one')
    const first = backend('first', [one.server], kind)
    await haproxy.settle(haproxy.state({ backends: [first] }))
    await haproxy.settle(haproxy.state({ backends: [first, backend('second', [], kind)] }))
    assert.match(haproxy.keeper.sectionOf('second'), /^gateway\.spare-/)
    const text = await readFile(join(haproxy.folder, 'haproxy.cfg'), 'utf8')
    assert.doesNotMatch(text, /^defaults kind/m)
    assert.equal(haproxy.keeper.status.counts.reloads, 0)
  })
}
