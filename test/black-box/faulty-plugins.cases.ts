import assert from 'node:assert/strict'
import { Type } from 'typebox'
import type { PluginUse } from '../../src/gateway/create-gateway.ts'
import type { GatewayHost, Resolver } from '../../src/gateway/plugin.ts'
import type { OpenFrontDoor } from '../support/front-door.ts'
import { blackBox, openStage, request } from '../support/stage.ts'

/** Where a plugin takes part; it fails there, at once or later. */
interface FaultyPart {
  readonly name: string
  /** @param fail throws, or gives a promise that rejects */
  readonly add: (host: GatewayHost, fail: () => never) => void
  readonly labels?: Readonly<Record<string, string>>
  /** What a request is answered in spite of it. */
  readonly status: 200 | 500
  /** Asynchronous failing is not possible, or means something else. */
  readonly onlyAtOnce?: true
}

const hooked = { 'gateway.hooks': 'faulty' }

const parts: readonly FaultyPart[] = [
  { name: 'an observer', add: (host, fail) => host.observer(fail), status: 200 },
  { name: 'a listener of changes', add: (host, fail) => host.onChange(fail), status: 200 },
  {
    name: 'apply of a plane',
    add: (host, fail) => host.plane({ name: 'faulty', supports: () => true, apply: fail }),
    status: 200
  },
  {
    name: 'problems of a plane',
    add: (host, fail) =>
      host.plane({ name: 'faulty', supports: () => true, apply: () => undefined, problems: fail }),
    status: 200
  },
  {
    name: 'a picker',
    add: (host, fail) => host.picker('faulty', () => fail),
    labels: { 'gateway.picker': 'faulty' },
    status: 200
  },
  {
    name: 'a maker of pickers',
    add: (host, fail) => host.picker('faulty', fail),
    labels: { 'gateway.picker': 'faulty' },
    status: 200
  },
  {
    name: 'find of a resolver',
    add: (host, fail) => host.resolver({ name: 'faulty', find: fail }),
    status: 500
  },
  {
    name: 'routes of a resolver',
    add: (host, fail) => host.resolver({ name: 'faulty', routes: fail as Resolver['routes'] & {} }),
    status: 200
  },
  {
    name: 'preHandler of a hook set',
    add: (host, fail) => host.hooks('faulty', { preHandler: fail }),
    labels: hooked,
    status: 500
  },
  {
    name: 'onSend of a hook set',
    add: (host, fail) => host.hooks('faulty', { onSend: fail }),
    labels: hooked,
    status: 500
  },
  {
    name: 'refresh of a source',
    add: (host, fail) => {
      host.source({ name: 'faulty', start: () => undefined, refresh: fail })
      host.onChange(() => host.refresh('a test'))
    },
    status: 200
  },
  { name: 'numbers of a plugin', add: (host, fail) => host.stats('faulty', fail), status: 200 }
]

const ways: Readonly<Record<string, () => never>> = {
  'throws at once': () => {
    throw new Error('of the plugin')
  },
  'rejects later': (() =>
    new Promise((_resolve, reject) => {
      setImmediate(() => reject(new Error('of the plugin')))
    })) as () => never
}

/** A plugin that fails harms the request it is asked about at most; the process and all others go on. */
export function faultyPluginCases(open: OpenFrontDoor): void {
  for (const part of parts) {
    for (const [way, fail] of Object.entries(ways)) {
      blackBox(`${part.name} that ${way}: requests are answered ${part.status}`, async (t) => {
        let host: GatewayHost | undefined
        const plugin = faultyPlugin((given) => {
          host = given
          part.add(given, fail)
        })
        const { labels = {} } = part
        const { client } = await openStage(t, open, { plugins: [plugin], labels })
        const { send, answer } = client()
        for (const _ of [1, 2]) {
          send(request('GET /'))
          const { status, body } = await answer()
          assert.equal(status, part.status)
          if (status === 500) assert.match(body, /GW_INTERNAL: .* under [0-9a-f]{8}\n/)
        }
        await host?.readStats()
        // What rejects later would end the process of this test.
        await new Promise((resolve) => setTimeout(resolve, 5))
        const { faults = {} } = (await host?.readStats()) ?? {}
        const isProblem = part.name === 'routes of a resolver'
        assert.equal(
          Object.values(faults).some((count) => count > 0),
          !isProblem
        )
        assert.equal(host?.problems.length, isProblem ? 1 : 0)
      })
    }
  }
}

function faultyPlugin(add: (host: GatewayHost) => void): PluginUse {
  return {
    plugin: { name: 'faulty', options: Type.Object({}), register: (app) => add(app.gateway) },
    options: {}
  }
}
