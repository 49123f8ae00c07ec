import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withSpares } from '../../../../src/plugins/haproxy/apply/spares.ts'
import type { Desired } from '../../../../src/plugins/haproxy/desired.ts'
import { parseConfig, parseMapFile } from '../../../../src/plugins/haproxy/render/parse-files.ts'
import {
  inFolder,
  renderConfig,
  renderFiles
} from '../../../../src/plugins/haproxy/render/render-files.ts'
import { renderingOf, routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

const FOLDER = '/run/gw'
const isSpare = (name: string) => name.startsWith('gateway.spare-')

function rendered(): Desired {
  const services = [
    serviceOf('/a', [1, 2], { servicePort: 10_001 }),
    serviceOf('/b', []),
    serviceOf('/c', [3], { probe: { path: '/up' } } as object)
  ]
  const last = { ...services[0]?.endpoints[0], host: '::1', lastResort: true }
  const sixth = { ...serviceOf('/d', []), endpoints: [last] } as (typeof services)[number]
  const routes = ['/a', '/b', '/c', '/d'].map((app) =>
    routeTo([app], { host: `${app.slice(1)}.test` })
  )
  const { desired } = renderingOf(tableOf([...services, sixth], routes), {
    servicePorts: { host: '127.0.0.1', certificates: [] },
    stats: '/run/gw/stats.sock',
    socket: '/run/gw/runtime.sock',
    fallback: '/run/gw/proxy.sock'
  })
  return withSpares(desired, 1)
}

test('files of ours are read back as what was rendered', () => {
  const desired = rendered()
  const { structure, backends } = parseConfig(renderConfig(desired, FOLDER), isSpare)
  assert.deepEqual(structure, inFolder(desired, FOLDER).structure)
  // Words of servers are those of the lines: a section without servers has none.
  assert.deepEqual(
    backends,
    desired.backends.map(({ name, settings, serverWords, servers }) => ({
      name,
      settings,
      serverWords: servers.length === 0 ? [] : serverWords,
      servers
    }))
  )
  assert.ok(backends.some(({ name }) => isSpare(name)))
  assert.ok(backends.some(({ servers }) => servers.some(({ backup }) => backup)))
  const files = renderFiles(desired, FOLDER)
  for (const map of desired.maps) {
    const content = files.find(({ name }) => name === map.name)?.content ?? ''
    assert.deepEqual(parseMapFile(map.name, content), map)
  }
})

test('whatever stands in a file is read without failing', () => {
  for (const text of ['', '\n', 'x', '  x\nbackend\nbackend a\n  server\n  server x y', '\0']) {
    const { structure, backends } = parseConfig(text, isSpare)
    assert.equal(structure.length + backends.length > 0, true, JSON.stringify(text))
  }
})
