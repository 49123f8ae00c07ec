import assert from 'node:assert/strict'
import { chmod, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { addsBackends } from '../../../../src/plugins/haproxy/apply/adds-backends.ts'
import { withDefaults } from '../../../../src/plugins/haproxy/apply/named-defaults.ts'
import { isCovered, publish } from '../../../../src/plugins/haproxy/apply/publisher.ts'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import type {
  Desired,
  DesiredBackend,
  RenderedFile
} from '../../../../src/plugins/haproxy/desired.ts'
import { backend, renderState, state } from '../../../support/haproxy-states.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

const http = { settings: ['mode http'], defaults: 'kind-http' }
const hash = { settings: ['mode http', 'balance hdr(x)'], defaults: 'kind-hash' }
const sticky = { settings: ['mode http', 'use-server a if { always_true }'] }
const all = state({
  backends: [
    backend('a', [], http),
    backend('b', [], http),
    backend('c', [], hash),
    backend('d', [], sticky)
  ]
})

function spareKinds({ backends }: Desired): DesiredBackend['settings'][] {
  return backends.filter(({ name }) => name.startsWith('gateway.')).map(({ settings }) => settings)
}

describe('withDefaults', () => {
  test('each kind that can be said has defaults once, sorted by name', () => {
    assert.deepEqual(withDefaults(all).defaults, [
      { name: 'kind-hash', settings: hash.settings },
      { name: 'kind-http', settings: http.settings }
    ])
  })

  test('of very many kinds the commonest', () => {
    const many = Array.from({ length: 300 }, (_, at) => {
      const part = { settings: [`timeout server ${at + 1}s`], defaults: `kind-${at}` }
      return backend(`app${at}`, [], part)
    })
    const twice = [299, 298].map((at) =>
      backend(`more${at}`, [], { ...many[at], name: `more${at}` })
    )
    const { defaults = [] } = withDefaults(state({ backends: [...many, ...twice] }))
    assert.equal(defaults.length, 256)
    assert.ok(['kind-298', 'kind-299'].every((one) => defaults.some(({ name }) => name === one)))
  })

  test('none where nothing could lead to what is made', () => {
    const { indirection: _, ...direct } = all
    assert.equal(withDefaults(direct), direct)
    const none = state({ backends: [backend('d', [], sticky)] })
    assert.equal(withDefaults(none), none)
  })

  test('a kind that has defaults gets no spares', () => {
    assert.deepEqual(spareKinds(withSpares(withDefaults(all), 1)), [sticky.settings])
    assert.equal(spareKinds(withSpares(all, 1)).length, 3)
  })
})

describe('publish', () => {
  const options = { configFile: 'haproxy.cfg', spares: 1, addsBackends: true }
  /** An HAProxy that refuses files with this text. */
  async function published(
    t: Parameters<typeof tempFolder>[0],
    desired: Desired,
    refused: RegExp,
    part: Partial<typeof options> = {}
  ) {
    const folder = await tempFolder(t)
    const check = async ([file]: readonly RenderedFile[]) =>
      refused.test(file?.content ?? '') ? 'no' : undefined
    const tools = { render: renderState, check }
    const result = await publish(desired, { ...options, ...part, folder }, tools)
    assert.ok(result.ok)
    const text = await readFile(join(folder, 'haproxy.cfg'), 'utf8')
    const names = [...text.matchAll(/^defaults (\S+) from/gm)].map(([, name]) => name)
    assert.deepEqual(names, result.desired.defaults?.map(({ name }) => name) ?? [])
    return { ...result, names, spares: spareKinds(result.desired).length }
  }

  test('writes defaults where HAProxy can make backends', async (t) => {
    const { names, spares } = await published(t, all, /never/)
    assert.deepEqual([names, spares], [['kind-hash', 'kind-http'], 1])
    const without = await published(t, all, /never/, { addsBackends: false })
    assert.deepEqual([without.names, without.spares], [[], 3])
  })

  test('leaves them out where HAProxy refuses them, and blames no app', async (t) => {
    const { names, spares, offenders } = await published(t, all, /^defaults kind-hash/m)
    assert.deepEqual([names, spares, offenders], [[], 3, []])
  })

  test('settings that HAProxy refuses are left out with their app', async (t) => {
    const { names, offenders } = await published(t, all, /balance hdr/)
    assert.deepEqual(names, ['kind-http'])
    assert.equal(
      offenders.some(({ backend: { name } }) => name === 'c'),
      true
    )
  })

  test('a kind whose defaults were not checked has to be', () => {
    const few = { ...all, backends: all.backends.slice(0, 2) }
    assert.equal(isCovered(few, withDefaults(all), { ...options, folder: '' }), true)
    assert.equal(isCovered(few, all, { ...options, folder: '' }), false)
    assert.equal(isCovered(few, all, { ...options, folder: '', addsBackends: false }), true)
  })
})

test('a program says whether it can add backends', async (t) => {
  const lists = (command: string) =>
    `#!/bin/sh\n[ "$1" = -dKcli ] && printf 'add acl [WORKER] \\n${command} [WORKER] \\n'; exit 1\n`
  const programs = {
    able: lists('add backend'),
    unable: lists('show backend'),
    old: '#!/bin/sh\necho Usage >&2; exit 1\n'
  }
  const folder = await tempFolder(t, programs)
  for (const name of Object.keys(programs)) await chmod(join(folder, name), 0o755)
  const names = ['able', 'unable', 'old', 'missing']
  const said = await Promise.all(names.map((name) => addsBackends(join(folder, name))))
  assert.deepEqual(said, [true, false, false, false])
})
