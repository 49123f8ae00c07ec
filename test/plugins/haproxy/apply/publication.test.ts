import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createPublication } from '../../../../src/plugins/haproxy/apply/publication.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { eventually } from '../../../support/eventually.ts'
import { backend, renderState, server, state } from '../../../support/haproxy-states.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

/** The files of a folder, and how often HAProxy was asked about them; it finds fault with a server `bad`. */
async function publicationUnderTest(t: TestContext) {
  const folder = await tempFolder(t)
  const silent = () => undefined
  let checks = 0
  const publication = createPublication(
    {
      folder,
      configFile: 'haproxy.cfg',
      spares: 1,
      rewriteMs: 60_000,
      reloadEveryMs: 0,
      compareMs: 60_000,
      leaveMs: 60_000
    },
    {
      render: renderState,
      check: async (files) => {
        checks += 1
        return files.some(({ content }) => content.includes('server bad ')) ? 'bad' : undefined
      },
      log: { debug: silent, info: silent, warn: silent, error: silent },
      // A minute between any two looks: nothing is new.
      now: () => (clock += 60_000)
    },
    silent
  )
  let clock = 0
  return {
    publication,
    checks: () => checks,
    config: () => readFile(join(folder, 'haproxy.cfg'), 'utf8'),
    isReady: (wanted: Desired) => publication.isReady(wanted, () => false)
  }
}

const app = (name: string, ...servers: readonly string[]) =>
  backend(
    name,
    servers.map((one) => server(one))
  )

test('files for a reload: other tasks and apps are written at once, unchecked', async (t) => {
  const { publication, checks, config, isReady } = await publicationUnderTest(t)
  const before = state({ backends: [app('shop', 'a')] })
  await publication.write(before)
  const after = state({ backends: [app('shop', 'b'), app('new', 'c')] })
  assert.equal(isReady(after), true)
  const said = await publication.renewed(after)
  assert.equal(checks(), 1)
  assert.equal(publication.published, said)
  assert.match(await config(), /backend new from base\n.*\n.*\n {2}server c /)
  assert.match(await config(), /server b /)
  assert.doesNotMatch(await config(), /server a /)
  assert.equal(await publication.renewed(after), said)
})

const checked = [
  ['other settings', state({ backends: [backend('shop', [], { settings: ['mode tcp'] })] })],
  [
    'other words for servers',
    state({ backends: [backend('shop', [], { serverWords: ['check'] })] })
  ],
  ['other lines outside', state({ backends: [app('shop')], moreStructure: ['  timeout queue 1s'] })]
] as const

for (const [name, after] of checked) {
  test(`files for a reload: ${name} are checked first`, async (t) => {
    const { publication, checks, isReady } = await publicationUnderTest(t)
    await publication.write(state({ backends: [app('shop')] }))
    assert.equal(isReady(after), false)
    await eventually('the files are written', () => publication.rewrites === 2)
    assert.equal(checks(), 2)
    await eventually('they are ready', () => isReady(after))
  })
}

test('files for a reload: with an app left out everything is checked', async (t) => {
  const { publication, isReady } = await publicationUnderTest(t)
  await publication.write(state({ backends: [app('shop', 'a'), app('odd', 'bad')] }))
  assert.deepEqual(
    publication.problems.map(({ backend: name }) => name),
    ['odd']
  )
  assert.equal(isReady(state({ backends: [app('shop', 'b'), app('odd', 'bad')] })), false)
  await publication.close()
})
