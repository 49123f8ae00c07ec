import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Outcome } from '../../src/gateway/plugin.ts'
import { eventually } from '../support/eventually.ts'
import type { FrontDoorSettings, OpenFrontDoor } from '../support/front-door.ts'
import { pluginOf } from '../support/plugin-under-test.ts'
import { type RawClient, rawClient } from '../support/raw-client.ts'
import { type RawConnection, type RawTask, startRawTask } from '../support/raw-task.ts'
import { blackBox, request } from '../support/stage.ts'

/** How soon the task is told, ms; the best of some tries, for a machine may be busy. */
const SOON_MS = 50
const TRIES = 3
const PIECE = Buffer.alloc(65_536)

const GOES = {
  'sends FIN': ({ socket }: RawClient) => void socket.end(),
  'resets its connection': ({ socket }: RawClient) => void socket.resetAndDestroy()
}

interface Phase {
  readonly name: string
  readonly sends: string
  /** The phase is reached as soon as the task's connection got this. */
  readonly asked: string
  /** What the task answers then, and the client waits for. */
  readonly says?: string
  /** The task goes on without an end, and the client takes nothing. */
  readonly floods?: true
}

const GET = request('GET /')
const HEAD = 'HTTP/1.1 200 OK\r\n'
const LARGE = 'Content-Length: 1000000000'

const phases: readonly Phase[] = [
  { name: 'while the head of the answer is awaited', sends: GET, asked: '\r\n\r\n' },
  {
    name: 'while the body of the answer is awaited',
    sends: GET,
    asked: '\r\n\r\n',
    says: `${HEAD}${LARGE}\r\n\r\nhello`
  },
  {
    name: 'while it takes nothing of the answer',
    sends: GET,
    asked: '\r\n\r\n',
    says: `${HEAD}${LARGE}\r\n\r\n`,
    floods: true
  },
  { name: 'amid an upload', sends: `${request('POST /', LARGE)}hello`, asked: 'hello' },
  {
    name: 'amid a chunked upload',
    sends: `${request('POST /', 'Transfer-Encoding: chunked')}5\r\nhello\r\n`,
    asked: 'hello'
  },
  {
    name: 'amid an upload that is answered already',
    sends: `${request('POST /', LARGE)}hello`,
    asked: 'hello',
    says: `${HEAD}${LARGE}\r\n\r\nhello`
  },
  {
    name: 'while its request waits for its turn',
    sends: GET + request('GET /second'),
    asked: 'GET /second'
  }
]

/** A client that goes away takes its request along: the task is told at once. A FIN counts as that. */
export function abortCases(open: OpenFrontDoor): void {
  for (const phase of phases) {
    for (const [how, go] of Object.entries(GOES)) {
      blackBox(
        `a client ${how} ${phase.name}: the task is told within ${SOON_MS} ms`,
        async (t) => {
          const { task, client } = await openPhase(t, open)
          const times: number[] = []
          while (times.length < TRIES && !times.some(isSoon)) {
            const from = task.connections.length
            const one = client()
            const connection = await reach(phase, one, task, from)
            const startedAt = performance.now()
            go(one)
            await connection.closed
            times.push(performance.now() - startedAt)
            // The others of this client are told, too.
            for (const { closed } of task.connections.slice(from)) await closed
          }
          assert.ok(times.some(isSoon), `${times} ms`)
        }
      )
    }
  }

  // Nothing is read of such a client, so that its end is not seen.
  blackBox('a client that goes while its upload is held back: by the idle timeout', async (t) => {
    const outcomes: Outcome[] = []
    const watch = pluginOf('watch', (host) => host.observer((outcome) => outcomes.push(outcome)))
    const { task, client } = await openPhase(t, open, {
      proxy: { timeout: { idle: '1s' } },
      plugins: [watch]
    })
    const { socket } = client()
    socket.write(request('POST /', LARGE))
    const connection = await task.connection(0)
    connection.socket.pause()
    pour(socket)
    await quiet(() => socket.bytesWritten)
    socket.resetAndDestroy()
    await eventually('the end of the request', () => outcomes.length === 1)
    assert.equal(outcomes[0]?.code, 'GW_UPSTREAM_TIMEOUT')
  })
}

const isSoon = (ms: number): boolean => ms <= SOON_MS

async function openPhase(t: TestContext, open: OpenFrontDoor, settings?: FrontDoorSettings) {
  const task = await startRawTask()
  t.after(() => task.close())
  const door = await open(settings)
  t.after(() => door.stop())
  await door.publish([{ id: '/myapp', ports: [task.endpoint.port] }])
  return { task, client: () => rawClient(t, door.port) }
}

/** @returns the task's connection that is to end */
async function reach(
  { sends, asked, says, floods }: Phase,
  client: RawClient,
  task: RawTask,
  from: number
): Promise<RawConnection> {
  if (floods === true) client.socket.pause()
  client.send(sends)
  const asking = (): RawConnection | undefined =>
    task.connections.slice(from).find((connection) => connection.received().includes(asked))
  await eventually(asked, () => asking() !== undefined)
  const connection = asking() as RawConnection
  if (says === undefined) return connection
  connection.socket.write(says)
  if (floods === true) {
    pour(connection.socket)
    await quiet(() => connection.socket.bytesWritten - connection.socket.writableLength)
  } else await client.until(says.slice(-5))
  return connection
}

/** Sends without an end. */
function pour(socket: RawClient['socket']): void {
  const more = (): void => {
    while (socket.writable && socket.write(PIECE));
  }
  socket.on('drain', more)
  more()
}

/** Waits until a number stands still. */
async function quiet(read: () => number): Promise<void> {
  let before = -1
  let since = Date.now()
  await eventually('a standstill', () => {
    const now = read()
    if (now !== before) since = Date.now()
    before = now
    return Date.now() - since > 200
  })
}
