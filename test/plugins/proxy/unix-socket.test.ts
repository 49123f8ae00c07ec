import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { listenAtPath } from '../../../src/plugins/proxy/unix-socket.ts'
import { tempFolder } from '../../support/temp-folder.ts'

function newServer(t: TestContext) {
  const server = createServer((_req, res) => res.end('here'))
  t.after(() => void server.close().closeAllConnections())
  return server
}

async function ask(socketPath: string): Promise<number | undefined> {
  const [answer] = await once(get({ socketPath, agent: false }), 'response')
  answer.resume()
  return answer.statusCode
}

for (const mode of [0o600, 0o660]) {
  test(`a socket of mode ${mode.toString(8)} takes requests, and is gone when closed`, async (t) => {
    const path = join(await tempFolder(t), 'proxy.sock')
    const server = newServer(t)
    await listenAtPath(server, { path, mode })
    assert.equal(statSync(path).mode & 0o777, mode)
    assert.equal(await ask(path), 200)
    server.close()
    assert.equal(existsSync(path), false)
  })
}

test('the socket of a process that was killed is replaced', async (t) => {
  const path = join(await tempFolder(t), 'proxy.sock')
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`
  const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  assert.ok(existsSync(path))
  await listenAtPath(newServer(t), { path, mode: 0o600 })
  assert.equal(await ask(path), 200)
})

test('a socket at which somebody answers stays his', async (t) => {
  const path = join(await tempFolder(t), 'proxy.sock')
  await listenAtPath(newServer(t), { path, mode: 0o600 })
  await assert.rejects(listenAtPath(newServer(t), { path, mode: 0o600 }), {
    message: `another gateway answers at ${path}`
  })
  assert.equal(await ask(path), 200)
})

test('a file that is no socket is left alone', async (t) => {
  const folder = await tempFolder(t, { 'proxy.sock': 'precious' })
  const path = join(folder, 'proxy.sock')
  await assert.rejects(listenAtPath(newServer(t), { path, mode: 0o600 }), {
    message: `${path} is in the way: a file that is no socket`
  })
  assert.ok(existsSync(path))
})

test('a path of 107 bytes is the longest', async (t) => {
  const folder = await tempFolder(t)
  const path = join(folder, 'p'.repeat(107 - folder.length - 1))
  await listenAtPath(newServer(t), { path, mode: 0o600 })
  assert.equal(await ask(path), 200)
  await assert.rejects(listenAtPath(newServer(t), { path: `${path}p`, mode: 0o600 }), {
    message: `the path of the socket ${path}p has 108 bytes and may have 107 at most: choose a shorter haproxy.folder`
  })
})

test('a folder that is not there is told by Node', async (t) => {
  const path = join(await tempFolder(t), 'no', 'proxy.sock')
  await assert.rejects(listenAtPath(newServer(t), { path, mode: 0o600 }), /^Error: listen E/)
})
