import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { createAcceptor } from '../../../src/plugins/proxy/acceptor.ts'
import { eventually } from '../../support/eventually.ts'

const CROWD = 1500
const BUSY_MS = 6

test('while turns of the event loop are long, a crowd is accepted many at a time; then all is as before', async (t) => {
  const { port, taken } = await openAcceptor(t)
  joinCrowd(t, port)
  let turns = 0
  while (taken() < CROWD) {
    await nextTurn()
    if (taken() === 0) continue
    turns += 1
    beBusy()
  }
  assert.ok(turns < CROWD / 2, `${turns} turns for ${CROWD} connections`)
  assert.ok(copies() > 1)
  await eventually('they are closed', () => copies() === 1)
})

test('closed in a crowd, nothing of it accepts any more', async (t) => {
  const { port, taken, close } = await openAcceptor(t)
  joinCrowd(t, port)
  while (copies() === 1) {
    await nextTurn()
    if (taken() > 0) beBusy()
  }
  close()
  await eventually('nobody listens', async () => {
    const socket = connect(port, '127.0.0.1')
    const [error] = await once(socket, 'error')
    return error.code === 'ECONNREFUSED'
  })
})

async function openAcceptor(t: TestContext) {
  let taken = 0
  const acceptor = createAcceptor(
    (socket) => {
      taken += 1
      socket.on('error', () => undefined).destroy()
    },
    (error) => assert.ifError(error)
  )
  const bind = await acceptor.open({ host: '127.0.0.1', port: 0 })
  t.after(() => acceptor.close())
  assert.ok('port' in bind)
  return { port: bind.port, taken: () => taken, close: () => acceptor.close() }
}

/** In a process of its own: this one is busy. */
function joinCrowd(t: TestContext, port: number): void {
  const script = `
    const { connect } = require('node:net')
    for (let i = 0; i < ${CROWD}; i++) connect(${port}, '127.0.0.1').on('error', () => undefined)
    setInterval(() => undefined, 1000)`
  const crowd = spawn(process.execPath, ['-e', script], { stdio: 'ignore' })
  t.after(() => crowd.kill('SIGKILL'))
}

function beBusy(): void {
  const until = performance.now() + BUSY_MS
  while (performance.now() < until);
}

/** The most descriptors that are of one and the same socket. */
function copies(): number {
  const counts = new Map<string, number>()
  for (const fd of readdirSync('/proc/self/fd')) {
    const name = nameOf(fd)
    if (name?.startsWith('socket:')) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Math.max(...counts.values())
}

function nameOf(fd: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // It was that of the listing itself.
    return undefined
  }
}
