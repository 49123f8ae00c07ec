import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { askOwnSockets } from '../../../../src/plugins/haproxy/listeners/own-sockets.ts'
import { tempFolder } from '../../../support/temp-folder.ts'

/** As HAProxy 2.6.12 answers, with the columns that matter. */
const ANSWER = `# pxname,svname,status,type,addr,mode,
gateway.ports,port.18001,OPEN,3,[::]:18001,http,
gateway.ports,port.18002-127.0.0.1,OPEN,3,127.0.0.1:18002,http,
gateway.port.18003,sock-1,OPEN,3,[fd00::1]:18003,tcp,
gateway.stats,sock-1,OPEN,3,unix,http,

`

async function socketThat(t: TestContext, answer: string | undefined): Promise<string> {
  const path = join(await tempFolder(t), 'runtime.sock')
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      if (answer !== undefined) socket.end(answer)
    })
    t.after(() => socket.destroy())
  })
  server.listen(path)
  await once(server, 'listening')
  t.after(() => server.close())
  return path
}

test('HAProxy tells its listeners one by one; other sockets are none', async (t) => {
  assert.deepEqual(await askOwnSockets(await socketThat(t, ANSWER)), [
    { host: '', port: 18_001 },
    { host: '127.0.0.1', port: 18_002 },
    { host: 'fd00::1', port: 18_003 }
  ])
})

test('an HAProxy that does not run listens nowhere; one that is silent, nobody knows', async (t) => {
  assert.deepEqual(await askOwnSockets('/nowhere/runtime.sock'), [])
  assert.equal(await askOwnSockets(await socketThat(t, undefined)), undefined)
})
