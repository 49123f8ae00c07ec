import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forward } from '../../../../src/gateway/http/upstream/forward.ts'
import type {
  Forward,
  ForwardFailure,
  ForwardRequest
} from '../../../../src/gateway/http/upstream/forward-contract.ts'
import {
  defaultForwardSettings,
  type ForwardSettings
} from '../../../../src/gateway/http/upstream/forward-tools.ts'
import type { UpstreamClient } from '../../../../src/gateway/http/upstream/upstream-client.ts'
import type { Endpoint } from '../../../../src/gateway/model/route.ts'
import {
  type Reaction,
  reset,
  sayAndClose,
  scriptedTask,
  silent,
  testClient,
  testTask
} from '../../../support/client-fixture.ts'
import { eventually } from '../../../support/eventually.ts'
import { endpointAt, type RawTask } from '../../../support/raw-task.ts'
import { type Recording, record, request } from '../../../support/recording-handler.ts'
import { REFUSING_PORT } from '../../../support/refusing-ports.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const nobody = () => endpointAt(REFUSING_PORT)

interface Run extends Omit<Recording, 'onFailure'> {
  readonly forward: Forward
  readonly chosen: Endpoint[]
  readonly counted: string[]
  given: ForwardFailure | undefined
}

interface RunOptions {
  readonly client?: UpstreamClient
  readonly request?: Partial<ForwardRequest>
  readonly settings?: Partial<ForwardSettings>
  /** What the budget of repeats says; yes unless said otherwise. */
  readonly budget?: boolean
}

/** Forwards to the endpoints in this order, each once. */
function run(endpoints: readonly Endpoint[], options: RunOptions = {}): Run {
  const told = record()
  const chosen: Endpoint[] = []
  const counted: string[] = []
  const result = Object.assign(told, {
    chosen,
    counted,
    given: undefined as ForwardFailure | undefined
  })
  const running = forward(
    {
      client: options.client ?? testClient(),
      settings: { ...defaultForwardSettings, ...options.settings },
      now: () => performance.now(),
      keeper: {
        started: (endpoint) => counted.push(`+${endpoint.taskId}`),
        ended: (endpoint) => counted.push(`-${endpoint.taskId}`),
        mayRepeat: () => options.budget ?? true
      }
    },
    { ...request(), idempotent: true, ...options.request },
    {
      pick: (tried) => endpoints.find((endpoint) => !tried.includes(endpoint)),
      onInformational: told.onInformational,
      onHead: told.onHead,
      onData: told.onData,
      onEnd: told.onEnd,
      onUpgrade: told.onUpgrade,
      onDrain: told.onDrain,
      onChosen: (endpoint) => chosen.push(endpoint),
      onFault: (error) => {
        throw error
      },
      onFailure: (given) => {
        result.given = given
        told.events.push(`gave up: ${given.exhausted} ${given.failure?.reason ?? ''}`.trim())
        finish()
      }
    }
  )
  let finish: () => void = () => undefined
  const over = Promise.race([
    told.over,
    new Promise<string>((resolve) => {
      finish = () => resolve('failure')
    })
  ])
  return Object.assign(result, { forward: running, over })
}

const ledgerOf = (told: Run) => told.forward.ledger.map(({ phase, reason }) => `${phase} ${reason}`)

interface Case {
  readonly name: string
  /** What each task does with its first request; none: nobody listens there. */
  readonly tasks: readonly (string | Reaction | undefined)[]
  readonly request?: Partial<ForwardRequest>
  readonly settings?: Partial<ForwardSettings>
  readonly body?: string
  readonly budget?: boolean
  readonly events: readonly string[]
  readonly ledger: readonly string[]
}

/** Later than the 50 ms of a request, and before the tick in which its time is looked at. */
const slowReset: Reaction = (connection) => void setTimeout(() => reset(connection), 60)

const post = { method: 'POST', body: 5, idempotent: false }
const good = ['head 200', 'end']
const done = 'done ok'
const refused = 'connect refused'

const cases: readonly Case[] = [
  { name: 'the first one answers', tasks: [OK, OK], events: good, ledger: [done] },
  {
    name: 'refused: another one, for a GET',
    tasks: [undefined, OK],
    events: good,
    ledger: [refused, done]
  },
  {
    name: 'refused: another one, for a POST and its body',
    tasks: [undefined, OK],
    request: post,
    body: 'hello',
    events: good,
    ledger: [refused, done]
  },
  {
    name: 'refused: another one, for an upgrade',
    tasks: [undefined, 'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n'],
    request: { upgrade: true, idempotent: false },
    events: ['head 403', 'end'],
    ledger: [refused, done]
  },
  {
    name: 'refused by all',
    tasks: [undefined, undefined],
    events: ['gave up: no-endpoint refused'],
    ledger: [refused, refused]
  },
  {
    name: 'refused, more often than a request may be sent: it never was',
    tasks: [undefined, undefined, undefined, undefined, OK],
    events: good,
    ledger: [refused, refused, refused, refused, done]
  },
  {
    name: 'refused by very many',
    tasks: Array.from({ length: 40 }, () => undefined),
    events: ['gave up: attempts refused'],
    ledger: Array.from({ length: 32 }, () => refused)
  },
  {
    name: 'reset more often than a request may be sent',
    tasks: [reset, undefined, reset, reset, OK],
    events: ['gave up: attempts reset'],
    ledger: ['head reset', refused, 'head reset', 'head reset']
  },
  {
    name: 'refused, a body too large to keep',
    tasks: [undefined, OK],
    request: post,
    settings: { replayBytes: 4 },
    body: 'hello',
    events: ['gave up: not-repeatable refused'],
    ledger: [refused]
  },
  {
    name: 'reset before any byte: another one',
    tasks: [reset, OK],
    events: good,
    ledger: ['head reset', done]
  },
  {
    name: 'reset before any byte, for a POST',
    tasks: [reset, OK],
    request: post,
    body: 'hello',
    events: ['gave up: not-repeatable reset'],
    ledger: ['head reset']
  },
  {
    name: 'reset before any byte, for a PUT and its body',
    tasks: [reset, OK],
    request: { ...post, method: 'PUT', idempotent: true },
    body: 'hello',
    events: good,
    ledger: ['head reset', done]
  },
  {
    name: 'closed before any byte: another one',
    tasks: [sayAndClose(''), OK],
    events: good,
    ledger: ['head closed', done]
  },
  {
    name: 'reset before any byte, for an upgrade',
    tasks: [reset, OK],
    request: { upgrade: true },
    events: ['gave up: not-repeatable reset'],
    ledger: ['head reset']
  },
  {
    name: 'reset before any byte, no other one',
    tasks: [reset],
    events: ['gave up: no-endpoint reset'],
    ledger: ['head reset']
  },
  {
    name: 'closed after a part of the head',
    tasks: [sayAndClose('HTTP/1.1 200 OK\r\n'), OK],
    events: ['gave up: not-repeatable closed'],
    ledger: ['head closed']
  },
  {
    name: 'closed after a 1xx',
    tasks: [sayAndClose('HTTP/1.1 103 E\r\n\r\n'), OK],
    events: ['103', 'gave up: not-repeatable closed'],
    ledger: ['head closed']
  },
  {
    name: 'closed within the body',
    tasks: [sayAndClose(OK.replace(': 2', ': 9')), OK],
    events: ['head 200', 'gave up: not-repeatable closed'],
    ledger: ['body closed']
  },
  {
    name: 'a bad answer',
    tasks: ['nonsense\r\n\r\n', OK],
    events: ['gave up: not-repeatable bad-answer'],
    ledger: ['head bad-answer']
  },
  {
    name: 'no answer in time',
    tasks: [silent, OK],
    request: { timeouts: { connectMs: 10_000, firstByteMs: 100, idleMs: 30_000 } },
    events: ['gave up: not-repeatable first-byte-timeout'],
    ledger: ['head first-byte-timeout']
  },
  {
    name: 'no answer in time of the request, though this attempt had some left',
    tasks: [slowReset, OK],
    request: { timeouts: { connectMs: 10_000, firstByteMs: 50, idleMs: 30_000 } },
    events: ['gave up: deadline reset'],
    ledger: ['head reset']
  },
  {
    name: 'reset before any byte, the budget is used up',
    tasks: [reset, OK],
    budget: false,
    events: ['gave up: budget reset'],
    ledger: ['head reset']
  },
  {
    name: 'refused: nothing was sent, which draws on no budget',
    tasks: [undefined, OK],
    budget: false,
    events: good,
    ledger: [refused, done]
  },
  {
    name: 'a 503 is an answer',
    tasks: ['HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n', OK],
    events: ['head 503', 'end'],
    ledger: [done]
  },
  { name: 'no endpoint at all', tasks: [], events: ['gave up: no-endpoint'], ledger: [] }
]

/** Reacts once a whole request, body included, has arrived. */
function bodyTask(reaction: string | Reaction, body: string): Promise<RawTask> {
  return testTask((connection) => {
    if (!connection.received().endsWith(`\r\n\r\n${body}`)) return
    if (typeof reaction === 'string') connection.socket.write(reaction)
    else reaction(connection)
  })
}

for (const c of cases) {
  test(`forward: ${c.name}`, async () => {
    const started = c.tasks.map(async (reaction) =>
      reaction === undefined ? nobody() : (await bodyTask(reaction, c.body ?? '')).endpoint
    )
    const endpoints = await Promise.all(started)
    const told = run(endpoints, c)
    assert.deepEqual(told.events, [], 'no call before forward returns')
    if (c.body !== undefined) {
      told.forward.write(Buffer.from(c.body))
      told.forward.end()
    }
    await told.over
    assert.deepEqual(told.events, c.events)
    assert.deepEqual(ledgerOf(told), c.ledger)
    assert.deepEqual(told.chosen, endpoints.slice(0, c.ledger.length))
    const counts = told.chosen.flatMap(({ taskId }) => [`+${taskId}`, `-${taskId}`])
    assert.deepEqual(told.counted, counts, 'each attempt is counted in and out')
  })
}

/** A client with a kept connection to each of the tasks. */
async function warm(tasks: readonly RawTask[]): Promise<UpstreamClient> {
  const client = testClient()
  for (const { endpoint } of tasks) await run([endpoint], { client }).over
  return client
}

test('forward: a reused connection that died is tried on another endpoint, on a fresh connection', async () => {
  const tasks = [await scriptedTask(OK, reset, OK), await scriptedTask(OK, OK)]
  const client = await warm(tasks)
  const told = run(
    tasks.map(({ endpoint }) => endpoint),
    { client }
  )
  assert.equal(await told.over, 'end')
  assert.deepEqual(ledgerOf(told), ['head reset', done])
  assert.deepEqual(
    told.forward.ledger.map(({ reused }) => reused),
    [true, false]
  )
  assert.equal(tasks[1]?.connections.length, 2)
})

test('forward: without another endpoint it is tried once on a fresh connection of the same', async () => {
  const task = await scriptedTask(OK, reset, OK)
  const client = await warm([task])
  const told = run([task.endpoint], { client })
  assert.equal(await told.over, 'end')
  assert.deepEqual(ledgerOf(told), ['head reset', done])
  assert.deepEqual(told.chosen, [task.endpoint, task.endpoint])
})

test('forward: once, not twice', async () => {
  const task = await scriptedTask(OK, reset)
  const client = await warm([task])
  const told = run([task.endpoint], { client })
  await told.over
  assert.deepEqual(told.events, ['gave up: no-endpoint reset'])
  assert.deepEqual(ledgerOf(told), ['head reset', 'head reset'])
})

test('forward: a POST on a reused connection that died is not repeated', async () => {
  const task = await scriptedTask(OK, reset, OK)
  const client = await warm([task])
  const told = run([task.endpoint], {
    client,
    request: { method: 'POST', body: 0, idempotent: false }
  })
  await told.over
  assert.deepEqual(told.events, ['gave up: not-repeatable reset'])
})

test('forward: a body that is still coming goes on at the next endpoint', async () => {
  const task = await bodyTask(OK, '5\r\nhello\r\n5\r\nworld\r\n0\r\nX-T: 1\r\n\r\n')
  const told = run([nobody(), task.endpoint], {
    request: { method: 'POST', body: 'chunked', idempotent: false }
  })
  assert.equal(told.forward.write(Buffer.from('hello')), false)
  await eventually('a drain', () => told.drains === 1)
  told.forward.write(Buffer.from('world'))
  told.forward.end(['X-T', '1'])
  assert.equal(await told.over, 'end')
})

test('forward: a body that was ended is sent again to its end', async () => {
  const task = await bodyTask(OK, '5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n')
  const told = run([nobody(), task.endpoint], { request: { method: 'PUT', body: 'chunked' } })
  told.forward.write(Buffer.from('hello'))
  told.forward.end(['X-T', '1'])
  assert.equal(await told.over, 'end')
  assert.deepEqual(ledgerOf(told), [refused, done])
})

test('forward: a large upload that nobody took can not be repeated, one that was not begun can', async () => {
  const task = await scriptedTask(OK)
  const told = run([nobody(), task.endpoint], {
    request: { method: 'POST', body: 1_000_000, idempotent: false }
  })
  await (await task.connection(0)).until('Content-Length: 1000000')
  told.forward.abort()
  assert.deepEqual(ledgerOf(told), [refused, 'running aborted'])
})

test('forward: abort ends everything, whenever it comes', async () => {
  const task = await scriptedTask(silent)
  const early = run([task.endpoint])
  early.forward.abort()
  const none = run([])
  none.forward.abort()
  const late = run([task.endpoint])
  await (await task.connection(0)).until('GET')
  late.forward.abort()
  late.forward.abort()
  await task.connections[0]?.closed
  for (const told of [early, none, late]) assert.deepEqual(told.events, [])
  assert.equal(late.counted.length, 2)
})

test('forward: a tunnel counts as in flight until its socket closes', async () => {
  const task = await scriptedTask(
    'HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n'
  )
  const told = run([task.endpoint], { request: { upgrade: true } })
  assert.equal(await told.over, 'upgrade')
  assert.equal(told.counted.length, 1)
  told.socket?.destroy()
  await eventually('the second count', () => told.counted.length === 2)
})

test('forward: the ledger tells bytes and time', async () => {
  const task = await scriptedTask(OK)
  const told = run([task.endpoint])
  await told.over
  const [entry] = told.forward.ledger
  assert.deepEqual(
    { ...entry, ms: 0 },
    {
      endpoint: task.endpoint,
      phase: 'done',
      reason: 'ok',
      reused: false,
      bytesSent: 'GET / HTTP/1.1\r\nHost: myapp.local\r\n\r\n'.length,
      bytesRead: OK.length,
      ms: 0
    }
  )
  assert.ok((entry?.ms ?? -1) >= 0)
})
