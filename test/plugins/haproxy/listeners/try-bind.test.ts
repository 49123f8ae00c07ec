import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { tryBind } from '../../../../src/plugins/haproxy/listeners/try-bind.ts'

test('a free port can be bound again and again; one in use, and a strange address, can’t', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  assert.equal(await tryBind({ host: '127.0.0.1', port }), 'EADDRINUSE')
  assert.equal(await tryBind({ host: '0.0.0.0', port }), 'EADDRINUSE')
  assert.equal(await tryBind({ host: '', port }), 'EADDRINUSE')
  // TEST-NET-1 (RFC 5737) is nobody's.
  assert.equal(await tryBind({ host: '192.0.2.1', port }), 'EADDRNOTAVAIL')
  server.close()
  await once(server, 'close')
  for (let turn = 0; turn < 3; turn += 1) {
    assert.equal(await tryBind({ host: '127.0.0.1', port }), undefined)
  }
})
