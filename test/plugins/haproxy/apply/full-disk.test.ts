import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeFiles } from '../../../../src/plugins/haproxy/apply/file-writer.ts'
import { eventually } from '../../../support/eventually.ts'
import { ask, haproxyUnderTest, startTask, withoutHaproxy } from '../../../support/haproxy.ts'
import { backend } from '../../../support/haproxy-states.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

const skip = withoutHaproxy

/** What is written first, before it gets its name; with a folder there, nobody writes it. */
const beside = (folder: string, name: string) => join(folder, `.${name}.next`)

test('files: when one is not written, all stay as they were, and nothing is left beside them', async (t) => {
  const folder = await tempFolder(t)
  const files = (content: string) => ['a.map', 'b.map', 'c.cfg'].map((name) => ({ name, content }))
  await writeFiles(folder, files('old'))
  await mkdir(beside(folder, 'c.cfg'))
  await assert.rejects(writeFiles(folder, files('new')), /EISDIR/)
  for (const { name } of files('')) {
    assert.equal(await readFile(join(folder, name), 'utf8'), 'old')
  }
  await rmdir(beside(folder, 'c.cfg'))
  assert.deepEqual((await readdir(folder)).sort(), ['a.map', 'b.map', 'c.cfg'])
})

test('haproxy: it is kept in step while no file can be written, also by a gateway that comes then', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t, { rewriteMs: 100 })
  const { folder, log, keeper, port } = haproxy
  const tasks = await Promise.all(['one', 'two', 'three'].map((name) => startTask(t, name)))
  const app = (at: number) =>
    haproxy.state({
      backends: [
        backend(
          'app',
          tasks.slice(at, at + 1).map(({ server }) => server)
        )
      ]
    })
  await haproxy.settle(app(0))
  const blocked = ['haproxy.cfg', 'loaded.json'].map((name) => beside(folder, name))
  for (const path of blocked) await mkdir(path)

  await haproxy.settle(app(1))
  assert.deepEqual(await ask(port, 'app.test'), { status: 200, body: 'two' })
  await eventually('it is told', () => keeper.status.unwritten !== undefined)
  assert.equal(keeper.status.state, 'running')
  await keeper.close({ stopHaproxy: false })

  const heir = haproxy.again()
  await haproxy.settle(app(2))
  assert.deepEqual(await ask(port, 'app.test'), { status: 200, body: 'three' })
  assert.deepEqual([heir.status.counts.adoptions, heir.status.counts.starts], [1, 0])
  assert.match(heir.status.unwritten ?? '', /EISDIR/)
  assert.equal(log.filter((line) => line.includes('could not be written')).length, 2, 'once each')

  for (const path of blocked) await rmdir(path)
  await eventually('files can be written again', () => heir.status.unwritten === undefined, 15_000)
  const config = await readFile(join(folder, 'haproxy.cfg'), 'utf8')
  assert.match(config, new RegExp(`127\\.0\\.0\\.1:${tasks[2]?.server.port}`))
})

test('haproxy: without files of its own it does not start, and says what stands in the way', {
  skip
}, async (t) => {
  const haproxy = await haproxyUnderTest(t)
  const { folder, keeper } = haproxy
  await mkdir(beside(folder, 'haproxy.cfg'))
  const one = await startTask(t, 'one')
  keeper.apply(haproxy.state({ backends: [backend('app', [one.server])] }))
  await eventually('it fails', () => keeper.status.state === 'failing')
  assert.match(keeper.status.failure ?? '', /files could not be written: EISDIR/)
  await rmdir(beside(folder, 'haproxy.cfg'))
  await eventually('it serves', () => keeper.status.settled, 30_000)
  assert.deepEqual(await ask(haproxy.port, 'app.test'), { status: 200, body: 'one' })
})
