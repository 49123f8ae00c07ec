import { Latency } from './latency.ts'
import {
  type LoadNews,
  type LoadOrder,
  REQUEST_KINDS,
  type RequestKind,
  type SocketEnd
} from './load-messages.ts'
import { type Asker, createAsker } from './load-request.ts'
import { holdSocket } from './load-socket.ts'
import { now } from './now.ts'

/**
 * The process that makes the load: asks at a steady rate, whatever the answers take, and tells each
 * second what came of it. Begins with the first message, stops asking with the second, ends with the
 * last answer.
 */

const TICK_MS = 10
const NEWS_EVERY_MS = 1_000
const RETRY_SOCKET_MS = 1_000
/** Beyond this a request waits for its turn: on a slow machine the load must not bury what it tests. */
const MOST_UNDER_WAY = 200
/** Requests that waited longer for their turn are not sent but counted. */
const LONGEST_DEBT_MS = 10_000
/** The rate grows for so long: connections are not opened all at once. */
const RAMP_MS = 2_000

const tickets: readonly RequestKind[] = REQUEST_KINDS.flatMap((kind) =>
  Array.from({ length: kind.share }, () => kind)
)

interface Second {
  readonly requests: Record<string, number>
  readonly latency: Latency
  readonly failures: LoadNews['failures'][number][]
  readonly sightings: Map<string, { first: number; last: number }>
  readonly socketEnds: SocketEnd[]
  opened: number
  roundTrips: number
  heldBack: number
}

function newSecond(): Second {
  return {
    requests: {},
    latency: new Latency(),
    failures: [],
    sightings: new Map(),
    socketEnds: [],
    opened: 0,
    roundTrips: 0,
    heldBack: 0
  }
}

let second = newSecond()
let underWay = 0
let count = 0

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item
}

async function askOne({ number, hosts }: LoadOrder, asker: Asker): Promise<void> {
  underWay += 1
  count += 1
  const kind = pick(tickets)
  const asked = await asker.ask({ host: pick(hosts), id: `${number}-${count}`, kind })
  underWay -= 1
  const { requests, latency, failures, sightings } = second
  requests[kind.name] = (requests[kind.name] ?? 0) + 1
  if (asked.failure !== undefined) failures.push(asked.failure)
  else if (kind.path === 'small' || kind.path === 'post') latency.add(asked.ms)
  if (asked.task === undefined) return
  const known = sightings.get(asked.task)
  if (known === undefined) sightings.set(asked.task, { first: now(), last: asked.sentAt })
  else known.last = Math.max(known.last, asked.sentAt)
}

/**
 * Holds one WebSocket after the other.
 *
 * @returns ends the one that is held
 */
function holdSockets({ port, number, hosts }: LoadOrder): () => void {
  let close = (): void => undefined
  const next = (): void => {
    count += 1
    close = holdSocket({
      ...{ port, host: pick(hosts), id: `${number}-${count}` },
      onOpened: () => {
        second.opened += 1
      },
      onRoundTrip: () => {
        second.roundTrips += 1
      },
      onEnd(end) {
        second.socketEnds.push(end)
        next()
      },
      onFailure(failure) {
        second.failures.push(failure)
        setTimeout(next, RETRY_SOCKET_MS)
      }
    })
  }
  next()
  return () => close()
}

function tell(): void {
  const { requests, latency, failures, sightings, heldBack, opened, roundTrips } = second
  const { socketEnds } = second
  second = newSecond()
  const news: LoadNews = {
    ...{ requests, failures, heldBack, latency: latency.buckets, longestMs: latency.longestMs },
    sightings: [...sightings].map(([task, { first, last }]) => [task, first, last]),
    sockets: { opened, roundTrips, ends: socketEnds }
  }
  process.send?.(news)
}

function begin(order: LoadOrder): void {
  const asker = createAsker(order.port)
  const mostDue = (order.rate * LONGEST_DEBT_MS) / 1_000
  const beganAt = now()
  let due = 0
  let lastAt = beganAt
  const asking = setInterval(() => {
    const at = now()
    due += ((at - lastAt) * order.rate * Math.min(1, (at - beganAt) / RAMP_MS)) / 1_000
    lastAt = at
    for (; due >= 1 && underWay < MOST_UNDER_WAY; due -= 1) void askOne(order, asker)
    const lost = Math.max(0, Math.floor(due - mostDue))
    second.heldBack += lost
    due -= lost
  }, TICK_MS)
  const telling = setInterval(tell, NEWS_EVERY_MS)
  const sockets = Array.from({ length: order.webSockets }, () => holdSockets(order))
  process.once('message', () => {
    clearInterval(asking)
    for (const close of sockets) close()
    const ending = setInterval(() => {
      if (underWay > 0) return
      clearInterval(ending)
      clearInterval(telling)
      void asker.close()
      tell()
      process.disconnect()
    }, TICK_MS)
  })
}

process.once('message', (order: LoadOrder) => begin(order))
process.once('disconnect', () => process.exit(0))
