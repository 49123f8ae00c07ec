import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { filePlugin } from '../../../src/plugins/file/index.ts'
import type { Echo } from '../../../src/testing/echo-task.ts'
import { eventually } from '../../support/eventually.ts'
import { startGateway } from '../../support/plugin-under-test.ts'
import { tempFolder } from '../../support/temp-folder.ts'

const apps = [{ id: '/shop/blue' }, { id: '/shop/green' }]
const split = (blue: number, green: number) => `
routes:
  - host: shop.test
    services:
      - { app: /shop/blue, weight: ${blue} }
      - { app: /shop/green, weight: ${green} }
`

async function gatewayWith(t: TestContext, text: string) {
  const path = join(await tempFolder(t, { 'routes.yaml': text }), 'routes.yaml')
  const gateway = await startGateway(t, {
    apps,
    plugins: [{ plugin: filePlugin, options: { path } }]
  })
  const taskOf = async (url: string) => {
    const answer = await gateway.request(url)
    return answer.status === 200 ? answer.json<Echo>().task : answer.status
  }
  /** Writes, asks for a read, and waits until a request shows it. */
  const write = async (next: string, applied: () => boolean) => {
    await writeFile(path, next)
    gateway.host.refresh('test')
    await eventually('the next file', applied)
  }
  await eventually('the first file', () => gateway.host.table.routes.has('file:shop.test/'))
  return { gateway, taskOf, write }
}

test('the file moves traffic from one app to another without a restart', async (t) => {
  const { gateway, taskOf, write } = await gatewayWith(t, split(1, 0))
  const weights = () =>
    gateway.host.table.routes
      .get('file:shop.test/')
      ?.services.map(({ weight }) => weight)
      .join()
  assert.equal(await taskOf('http://shop.test/'), 'shop/blue.1')
  await write(split(0, 1), () => weights() === '0,1')
  assert.equal(await taskOf('http://shop.test/'), 'shop/green.1')
  await write(split(1, 1), () => weights() === '1,1')
  const both = new Set([await taskOf('http://shop.test/'), await taskOf('http://shop.test/')])
  assert.deepEqual(both, new Set(['shop/blue.1', 'shop/green.1']))
})

test('an override takes an app out and in; a broken file changes nothing', async (t) => {
  const { gateway, taskOf, write } = await gatewayWith(t, split(1, 0))
  const hasBlue = () => gateway.host.table.routes.has('test:/shop/blue:0:blue.shop.local/')
  assert.equal(await taskOf('http://blue.shop.local/'), 'shop/blue.1')
  const out = `${split(1, 0)}overrides:\n  - { app: /shop/blue, enabled: false }\n`
  await write(out, () => !hasBlue())
  assert.equal(await taskOf('http://blue.shop.local/'), 404)
  assert.equal(await taskOf('http://shop.test/'), 'shop/blue.1')
  const failure = () => gateway.host.status.sources.find(({ name }) => name === 'file')?.failure
  await write('routes: 5\n', () => failure() !== undefined)
  assert.match(failure() ?? '', /routes\.yaml:1: routes: must be/)
  assert.equal(await taskOf('http://shop.test/'), 'shop/blue.1')
  await write(split(1, 0), hasBlue)
  assert.equal(await taskOf('http://blue.shop.local/'), 'shop/blue.1')
})

test('explain names file and line', async (t) => {
  const { gateway } = await gatewayWith(t, split(1, 0))
  const found = gateway.host.explain({
    host: 'shop.test',
    target: '/',
    method: 'GET',
    header: () => undefined
  })
  assert.equal(found.route?.origins['host']?.file, 'routes.yaml:3')
})
