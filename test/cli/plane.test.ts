import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInPlugins } from '../../src/cli/built-in-plugins.ts'
import { loadPlugins } from '../../src/cli/load-plugins.ts'
import { loadConfig } from '../../src/gateway/config/load-config.ts'

async function startedPlanes(env: Readonly<Record<string, string>>): Promise<string[]> {
  const uses = await loadPlugins(await loadConfig({ plugins: builtInPlugins, env }))
  return uses.map(({ plugin }) => plugin.name).filter((name) => /proxy/.test(name))
}

test('the proxy plane alone takes the front door unless told otherwise', async () => {
  assert.deepEqual(await startedPlanes({}), ['proxy'])
})

test('with plane haproxy, HAProxy alone takes the front door', async () => {
  assert.deepEqual(await startedPlanes({ GATEWAY_PLANE: 'haproxy' }), ['haproxy'])
})

test('with plane both, HAProxy comes first, so that it goes first', async () => {
  assert.deepEqual(await startedPlanes({ GATEWAY_PLANE: 'both' }), ['haproxy', 'proxy'])
})

test('another plane is refused with those there are', async () => {
  await assert.rejects(startedPlanes({ GATEWAY_PLANE: 'nginx' }), /one of proxy, haproxy, both/)
})
