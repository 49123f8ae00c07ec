import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { Type } from 'typebox'
import { definePlugin, type GatewayHost } from '../../../src/gateway/plugin.ts'
import { createTestGateway } from '../../../src/testing/create-test-gateway.ts'
import { createMemorySource } from '../../../src/testing/memory-source.ts'
import { pluginOf, startGateway } from '../../support/plugin-under-test.ts'

test('what a plugin added is undone when it closes', async () => {
  let host: GatewayHost | undefined
  const mine = pluginOf('mine', (given) => {
    host = given
    given.source(createMemorySource('mine'))
    given.resolver({ name: 'mine', routes: () => [] })
    given.picker(
      'mine',
      (_service, [one]) =>
        () =>
          one
    )
    given.plane({ name: 'mine', apply: () => undefined, supports: () => true })
    given.hooks('mine', {})
    given.observer(() => undefined)
    given.admin('/mine', () => undefined)
  })
  const gateway = await createTestGateway({ plugins: [mine] })
  const parts = () => {
    assert.ok(host)
    const { sources, resolvers, pickers, planes, hookSets, adminRoutes } = host.parts
    const named = [sources, pickers, hookSets].map((map) => map.has('mine'))
    const listed = [resolvers, planes].map((list) => list.some(({ name }) => name === 'mine'))
    return [...named, ...listed, adminRoutes.has('/mine')]
  }
  assert.deepEqual(parts(), [true, true, true, true, true, true])
  await gateway.stop()
  assert.deepEqual(parts(), [false, false, false, false, false, false])
})

test('a plugin registers, is ready, and closes, in the order given and back', async () => {
  const steps: string[] = []
  const stepping = (name: string) =>
    pluginOf(name, (_host, app) => {
      steps.push(`register ${name}`)
      app.addHook('onReady', async () => void steps.push(`ready ${name}`))
      app.addHook('onClose', async () => void steps.push(`close ${name}`))
    })
  const source = createMemorySource('late')
  const start: typeof source.start = (...args) => {
    steps.push('source')
    source.start(...args)
  }
  const gateway = await createTestGateway({
    plugins: [
      stepping('a'),
      stepping('b'),
      pluginOf('c', (host) => host.source({ ...source, start }))
    ]
  })
  await gateway.stop()
  assert.deepEqual(steps, [
    'register a',
    'register b',
    'ready a',
    'ready b',
    'source',
    'close b',
    'close a'
  ])
})

const refused = [
  {
    name: 'two plugins of one name',
    plugins: [pluginOf('mine', () => undefined), pluginOf('mine', () => undefined)],
    message: 'two plugins are called mine: rename one of them'
  },
  {
    name: 'two pickers of one name',
    plugins: [pluginOf('mine', (host) => host.picker('random', () => () => undefined))],
    message: 'plugin mine does not start: a picker named "random" exists already'
  },
  {
    name: 'two hook sets of one name',
    plugins: [
      pluginOf('mine', (host) => host.hooks('sign-in', {})),
      pluginOf('yours', (host) => host.hooks('sign-in', {}))
    ],
    message: 'plugin yours does not start: a hook set named "sign-in" exists already'
  },
  {
    name: 'two sources of one name',
    plugins: [pluginOf('mine', (host) => host.source(createMemorySource('test')))],
    message: 'plugin mine does not start: a source named "test" exists already'
  },
  {
    name: 'a plugin that throws when it registers',
    plugins: [
      pluginOf('mine', async () => {
        throw new Error('no such database')
      })
    ],
    message: 'plugin mine does not start: no such database'
  },
  {
    name: 'a plugin that throws when it gets ready',
    plugins: [
      pluginOf('mine', (_host, app) => {
        app.addHook('onReady', async () => {
          throw new Error('no such database')
        })
      })
    ],
    message: 'no such database'
  },
  {
    name: 'a source that throws at its start',
    plugins: [
      pluginOf('mine', (host) => {
        host.source({
          name: 'db',
          refresh: () => undefined,
          start() {
            throw new Error('no such database')
          }
        })
      })
    ],
    message: 'source db does not start: no such database'
  }
]

for (const { name, plugins, message } of refused) {
  test(`${name}: the start stops and says why`, async () => {
    const closed: string[] = []
    const first = pluginOf('first', (_host, app) => {
      app.addHook('onClose', async () => void closed.push('first'))
    })
    await assert.rejects(createTestGateway({ plugins: [first, ...plugins] }), { message })
    assert.deepEqual(closed, name.startsWith('two plugins') ? [] : ['first'])
  })
}

const limited = definePlugin({
  name: 'limit',
  options: Type.Object({
    requests: Type.Integer({ minimum: 1, default: 10, description: 'Most requests.' })
  }),
  register: () => undefined
})

const wrong = [
  { options: { request: 3 }, reason: 'request: unknown option; did you mean requests?' },
  { options: { requests: 0 }, reason: 'requests: must be a whole number of at least 1, found 0' }
]

for (const { options, reason } of wrong) {
  test(`options ${JSON.stringify(options)} name the plugin and the key`, async () => {
    await assert.rejects(createTestGateway({ plugins: [{ plugin: limited, options }] }), {
      code: 'GW_CONFIG_INVALID',
      message: `options of plugin limit: ${reason}`
    })
  })
}

test('a start that a plugin stopped leaves nothing open: the process ends by itself', async () => {
  const script = `
    import { createTestGateway } from './src/testing.ts'
    import { definePlugin } from './src/index.ts'
    import Type from 'typebox'
    for (const step of ['onReady', 'register']) {
      const late = definePlugin({
        name: 'late',
        options: Type.Object({}),
        register(app) {
          if (step === 'register') throw new Error('no luck')
          app.addHook('onReady', async () => { throw new Error('no luck') })
        }
      })
      await createTestGateway({ plugins: [{ plugin: late, options: {} }] }).then(
        () => console.log('started'),
        (error) => console.log(error.message)
      )
    }`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { cwd: join(import.meta.dirname, '../../..'), timeout: 240_000 }
  )
  assert.equal(stdout, 'no luck\nplugin late does not start: no luck\n')
})

test('a plugin whose close fails keeps no other from closing', async () => {
  const closed: string[] = []
  const closing = (name: string, fails: boolean) =>
    pluginOf(name, (_host, app) => {
      app.addHook('onClose', async () => {
        closed.push(name)
        if (fails) throw new Error('no luck')
      })
    })
  const gateway = await createTestGateway({
    plugins: [closing('a', false), closing('b', true), closing('c', false)]
  })
  await gateway.stop().catch(() => undefined)
  assert.deepEqual(closed, ['c', 'b', 'a'])
})

test('observers and change listeners that throw harm nobody', async (t) => {
  const seen: string[] = []
  const gateway = await startGateway(t, {
    plugins: [
      pluginOf('bad', (host) => {
        host.observer(() => {
          throw new Error('no luck')
        })
        host.onChange(() => {
          throw new Error('no luck')
        })
        host.plane({
          name: 'bad',
          supports: () => true,
          apply() {
            throw new Error('no luck')
          }
        })
      }),
      pluginOf('good', (host) => {
        host.observer(({ status }) => void seen.push(`${status}`))
        host.onChange(({ lines }) => void seen.push(...lines))
      })
    ],
    apps: [{ id: '/myapp' }]
  })
  assert.equal((await gateway.request('http://myapp.local/')).status, 200)
  assert.equal(gateway.outcomes.length, 1)
  assert.match(seen[0] ?? '', /\/myapp/)
  assert.equal(seen.at(-1), '200')
})
