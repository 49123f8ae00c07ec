import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { ReadMemory } from '../../../../src/gateway/http/read-memory.ts'
import { ClientWriter, HeldAnswer } from '../../../../src/plugins/proxy/wire/client-writer.ts'
import { eventually } from '../../../support/eventually.ts'

const MIB = 1024 * 1024

/** Both ends of a connection; the client reads nothing yet. */
async function pair(t: TestContext): Promise<{ own: Socket; client: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const client = connect(port, '127.0.0.1')
  const [own] = (await once(server, 'connection')) as [Socket]
  t.after(() => {
    own.destroy()
    client.destroy()
    server.close()
  })
  return { own, client }
}

function lent(): { memory: ReadMemory; freed: () => boolean } {
  let freed = false
  const free = (): void => {
    freed = true
  }
  return { memory: { borrowed: false, free }, freed: () => freed }
}

test('memory is free once the operating system has its bytes, not before', async (t) => {
  const { own, client } = await pair(t)
  const writer = new ClientWriter(own)
  const quick = lent()
  writer.bytes(Buffer.alloc(40_000), quick.memory)
  await eventually('the first memory is free', quick.freed)
  // More than the kernel holds.
  own.write(Buffer.alloc(32 * MIB))
  const slow = lent()
  writer.bytes(Buffer.alloc(40_000), slow.memory)
  await new Promise(setImmediate)
  assert.equal(slow.freed(), false)
  assert.equal(writer.flowing, false)
  client.resume()
  await eventually('the other memory is free', slow.freed)
  assert.equal(writer.flowing, true)
})

test('borrowed bytes may change as soon as they were said', async (t) => {
  const { own, client } = await pair(t)
  const writer = new ClientWriter(own)
  let got = ''
  client.on('data', (piece) => {
    got += piece.toString('latin1')
  })
  for (const size of [10, 20_000]) {
    const scratch = Buffer.alloc(size, 'a')
    writer.text('<')
    writer.bytes(scratch, { borrowed: true })
    scratch.fill('b')
    writer.text('>')
    writer.flush()
  }
  const expected = `<${'a'.repeat(10)}><${'a'.repeat(20_000)}>`
  await eventually('all of it', () => got.length >= expected.length)
  assert.ok(got === expected)
})

test('an answer that waited for its turn is said as it was', async (t) => {
  const { own, client } = await pair(t)
  const writer = new ClientWriter(own)
  let got = ''
  client.on('data', (piece) => {
    got += piece.toString('latin1')
  })
  const held = new HeldAnswer()
  const scratch = Buffer.from('two ')
  held.text('one ')
  held.bytes(scratch, { borrowed: true })
  scratch.fill('x')
  held.text('three')
  held.release(writer)
  writer.flush()
  await eventually('all of it', () => got === 'one two three')
})
