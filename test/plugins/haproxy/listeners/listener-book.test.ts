import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createListenerBook } from '../../../../src/plugins/haproxy/listeners/listener-book.ts'
import type { SocketAddress } from '../../../../src/plugins/haproxy/render/listener-address.ts'
import type { Wanted } from '../../../../src/plugins/haproxy/render/listeners.ts'
import { eventually } from '../../../support/eventually.ts'

interface World {
  /** Node's error code by `host:port`. */
  readonly codes: Map<string, string>
  /** Where HAProxy listens; undefined: it can't be told. */
  own: SocketAddress[] | undefined
  readonly files: Set<string>
  failing: boolean
  tried: string[]
}

/** A book in a world that a test makes up. */
function bookIn(t: TestContext, { foreign = false, pace = { againMs: 1e9, soonestMs: 0 } } = {}) {
  const world: World = { codes: new Map(), own: [], files: new Set(), failing: false, tried: [] }
  let changes = 0
  const book = createListenerBook(
    () => {
      changes += 1
    },
    {
      foreign,
      isFailing: () => world.failing,
      ownSockets: async () => world.own,
      lookUpCertificates: async (files) =>
        new Set([...files].filter((file) => world.files.has(file))),
      async tryBind({ host, port }) {
        world.tried.push(`${host}:${port}`)
        return world.codes.get(`${host}:${port}`)
      }
    },
    pace
  )
  t.after(() => book.close())
  const told = (count: number) => eventually(`change ${count} is told`, () => changes >= count)
  return { world, book, told, changes: () => changes }
}

function wanting(sockets: readonly string[], certificates: readonly string[] = []): Wanted {
  return {
    sockets: sockets.map((text) => {
      const colon = text.lastIndexOf(':')
      return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) }
    }),
    certificates: new Set(certificates)
  }
}

const reasons = ({ refused }: ReturnType<typeof bookIn>['book']) =>
  Object.fromEntries([...refused].map(([key, { fact, reason }]) => [key, `${fact}: ${reason}`]))

test('what is new is held back until it was tried, and tried once', async (t) => {
  const { world, book, told, changes } = bookIn(t)
  world.codes.set('10.9.9.9:2001', 'EADDRNOTAVAIL').set(':80', 'EACCES').set(':3', 'EMFILE')
  const wanted = wanting([':2000', '10.9.9.9:2001', ':80', ':3'])
  assert.equal(book.use(wanted), false)
  await told(1)
  assert.equal(book.use(wanted), true)
  assert.deepEqual(reasons(book), {
    '2001 10.9.9.9': 'address: this machine has no such address',
    '80 ': 'port: that takes more rights than the gateway has',
    '3 ': 'port: the system says EMFILE'
  })
  assert.equal(changes(), 1)
  assert.deepEqual(world.tried, [':2000', '10.9.9.9:2001', ':80', ':3'])
  assert.equal(book.use(wanting([])), true)
})

test('a socket in use is refused, unless it is HAProxy that has it', async (t) => {
  const { world, book, told } = bookIn(t)
  for (const one of [':2000', ':2001', '127.0.0.1:2002', ':2003', '10.0.0.1:2004', '::1:2005']) {
    world.codes.set(one, 'EADDRINUSE')
  }
  world.own = [
    { host: '', port: 2000 },
    { host: '', port: 2002 },
    { host: '10.0.0.1', port: 2003 },
    { host: '0.0.0.0', port: 2004 },
    { host: '0.0.0.0', port: 2005 }
  ]
  book.use(wanting([':2000', ':2001', '127.0.0.1:2002', ':2003', '10.0.0.1:2004', '::1:2005']))
  await told(1)
  assert.deepEqual([...book.refused.keys()], ['2001 ', '2003 ', '2005 ::1'])
})

test('when HAProxy does not say where it listens, nothing is taken from it', async (t) => {
  const { world, book, told } = bookIn(t)
  world.codes.set(':2000', 'EADDRINUSE')
  world.own = undefined
  book.use(wanting([':2000']))
  await told(1)
  assert.deepEqual(reasons(book), {})
})

test('somebody else’s HAProxy may have more rights', async (t) => {
  const { world, book, told } = bookIn(t, { foreign: true })
  world.codes.set(':80', 'EACCES')
  book.use(wanting([':80']))
  await told(1)
  assert.deepEqual(reasons(book), {})
})

test('what was refused is tried again when the table changes', async (t) => {
  const { world, book, told } = bookIn(t)
  world.codes.set(':2000', 'EADDRINUSE')
  book.use(wanting([':2000', ':2001']))
  await told(1)
  world.codes.clear()
  world.tried = []
  assert.equal(book.use(wanting([':2000', ':2001'])), true)
  await told(2)
  assert.deepEqual(reasons(book), {})
  assert.deepEqual(world.tried, [':2000'])
})

test('and after a while', async (t) => {
  const { world, book, told } = bookIn(t, { pace: { againMs: 10, soonestMs: 0 } })
  world.codes.set(':2000', 'EADDRINUSE')
  book.use(wanting([':2000']))
  await told(1)
  world.codes.clear()
  await told(2)
  assert.deepEqual(reasons(book), {})
})

test('a socket that nobody wants any more is forgotten', async (t) => {
  const { world, book, told } = bookIn(t)
  book.use(wanting([':2000', ':2001']))
  await told(1)
  assert.equal(book.use(wanting([':2001'])), true)
  world.codes.set(':2000', 'EADDRINUSE')
  assert.equal(book.use(wanting([':2000', ':2001'])), false)
  await told(2)
  assert.deepEqual([...book.refused.keys()], ['2000 '])
})

test('when HAProxy fails, what it has not bound is tried again', async (t) => {
  const { world, book, told } = bookIn(t)
  book.use(wanting([':2000', ':2001']))
  await told(1)
  world.own = [{ host: '', port: 2000 }]
  world.tried = []
  world.codes.set(':2001', 'EADDRINUSE')
  world.failing = true
  await told(2)
  assert.deepEqual([...book.refused.keys()], ['2001 '])
  assert.ok(!world.tried.includes(':2000'))
})

test('before a reload only what HAProxy has not bound is tried', async (t) => {
  const { world, book, told, changes } = bookIn(t)
  book.use(wanting([':2000', ':2001']))
  await told(1)
  world.own = [{ host: '', port: 2000 }]
  world.tried = []
  assert.equal(await book.recheck(), true)
  assert.deepEqual(world.tried, [':2001'])
  world.codes.set(':2001', 'EADDRINUSE')
  assert.equal(await book.recheck(), false)
  assert.equal(changes(), 2)
  assert.deepEqual([...book.refused.keys()], ['2001 '])
  assert.equal(await book.recheck(), true)
})

test('certificates are looked at before they are used, and when they change', async (t) => {
  const { world, book, told } = bookIn(t, { pace: { againMs: 10, soonestMs: 0 } })
  world.files.add('/a.pem')
  assert.equal(book.use(wanting([':2000'], ['/a.pem', '/b.pem'])), false)
  await told(1)
  assert.deepEqual([...book.certificateFiles], ['/a.pem'])
  assert.equal(book.use(wanting([':2000'], ['/a.pem', '/b.pem'])), true)
  world.files.clear()
  world.files.add('/b.pem')
  await told(2)
  assert.deepEqual([...book.certificateFiles], ['/b.pem'])
})

test('a table that changes while sockets are tried is waited for', async (t) => {
  const { world, book, told, changes } = bookIn(t)
  assert.equal(book.use(wanting([':2000'])), false)
  assert.equal(book.use(wanting([':2000', ':2001'])), false)
  await told(1)
  assert.equal(book.use(wanting([':2000', ':2001'])), true)
  assert.equal(changes(), 1)
  assert.deepEqual([...new Set(world.tried)], [':2000', ':2001'])
})
