import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createHandOver } from '../../../../src/plugins/proxy/wire/hand-over.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

const REQUEST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'

/** A full lane behind a listener that reads once from each connection and gives it away. */
async function lanes(t: TestContext, temporary: string) {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = temporary
  t.after(() => {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  })
  const full = createHttpServer((_, res) => res.end('full'))
  const handOver = createHandOver(full)
  await handOver.open()
  const front = createServer((socket) => {
    socket.once('data', (unread) => {
      socket.pause()
      handOver.take(socket, unread)
    })
  }).listen(0, '127.0.0.1')
  await once(front, 'listening')
  t.after(async () => {
    front.close()
    await handOver.close(AbortSignal.timeout(0))
  })
  const address = full.address()
  const { port } = front.address() as { port: number }
  return { front: { host: '127.0.0.1', port }, own: { path: `${address}` } }
}

async function answerTo(socket: Socket): Promise<string> {
  // Refused without a word, it may be reset.
  socket.on('error', () => undefined)
  socket.end(REQUEST)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await new Promise((resolve) => socket.once('close', resolve))
  return text
}

for (const [name, folder] of [
  ['a temporary folder', ''],
  ['no place to write', '/nowhere/at/all']
] as const) {
  test(`hand over with ${name}: what was given is answered, who connects by himself is not`, {
    skip: folder !== '' && process.platform !== 'linux'
  }, async (t) => {
    const temporary = folder === '' ? await tempFolder(t, {}) : folder
    const { front, own } = await lanes(t, temporary)
    assert.match(await answerTo(connect(front)), /^HTTP\/1\.1 200 OK[\s\S]*full/)
    assert.equal(await answerTo(connect(own)), '')
    assert.deepEqual(await readdir(temporary).catch(() => []), [])
  })
}
