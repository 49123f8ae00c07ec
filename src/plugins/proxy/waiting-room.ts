import { durationMs } from '../../gateway/config/duration.ts'
import type { Waiter, WaitingRoom } from '../../gateway/http/upstream/forward-contract.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { Route, Service } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { ProxyOptions } from './options.ts'

export interface WaitingRoomRules {
  /** How long a request waits whose app doesn't say, ms; 0: not at all. */
  readonly holdMs: number
  /** How long one waits for news of tasks, when all that are known refused it, ms; 0: not at all. */
  readonly newsMs: number
  /** Requests that wait at once. */
  readonly mostRequests: number
  /** Bytes of bodies that are kept for them. */
  readonly mostBytes: number
  readonly wheel: Wheel
  /** The current table. */
  table(): Pick<Table, 'services'>
  /** Somebody waits for news. */
  askForNews(): void
}

/** Requests that wait for a task, served in the order in which they came. */
export interface ProxyWaitingRoom extends WaitingRoom {
  /** Another table is current: who has an endpoint now, goes. */
  tableChanged(): void
  readonly stats: { readonly waiting: number }
}

/** Least time between two questions for news, ms. */
const ASK_AGAIN_MS = 200

/** As the options say. */
export function waitingRoomFor(
  { time, refused, requests, bytes }: ProxyOptions['hold'],
  wheel: Wheel,
  table: WaitingRoomRules['table'],
  refresh?: (reason: string) => void
): ProxyWaitingRoom {
  return createWaitingRoom({
    ...{ wheel, table },
    askForNews: () => refresh?.('no task takes a connection'),
    holdMs: durationMs(time),
    newsMs: durationMs(refused),
    mostRequests: requests,
    mostBytes: bytes
  })
}

export function createWaitingRoom(rules: WaitingRoomRules): ProxyWaitingRoom {
  const { wheel, mostRequests, mostBytes } = rules
  const seats = new Map<Waiter, Timer>()
  /** Waited for in vain: an app that is dead answers at once until there is news of it. */
  const hopeless = new WeakSet<Service>()
  let bytes = 0
  let askedAt = Number.NEGATIVE_INFINITY

  function leave(waiter: Waiter): void {
    const timer = seats.get(waiter)
    if (timer === undefined) return
    wheel.disarm(timer)
    seats.delete(waiter)
    bytes -= waiter.keptBytes
  }

  function servicesOf(route: Route): Service[] {
    const { services } = rules.table()
    return route.services.flatMap(({ service, weight }) =>
      weight > 0 ? (services.get(service) ?? []) : []
    )
  }

  /** 0: nobody is to be waited for. */
  function startMsOf(services: readonly Service[]): number {
    const starting = services.filter(({ leftOut }) =>
      leftOut.some(({ isStarting }) => isStarting === true)
    )
    return Math.max(0, ...starting.map(({ holdMs }) => holdMs ?? rules.holdMs))
  }

  function newsMsOf(services: readonly Service[]): number {
    return services.some((service) => !hopeless.has(service)) ? rules.newsMs : 0
  }

  function ask(): void {
    const now = performance.now()
    if (now - askedAt < ASK_AGAIN_MS) return
    askedAt = now
    rules.askForNews()
  }

  return {
    enter(route, waiter, awaited, longestMs) {
      const services = servicesOf(route)
      const newsMs = awaited === 'news' ? newsMsOf(services) : 0
      const holdMs = Math.max(startMsOf(services), newsMs)
      if (holdMs === 0 || seats.size >= mostRequests) return undefined
      if (bytes + waiter.keptBytes > mostBytes) return undefined
      const expire = () => {
        if (longestMs >= holdMs) for (const service of services) hopeless.add(service)
        waiter.giveUp()
      }
      const timer: Timer = { deadline: 0, slot: 0, expire }
      seats.set(waiter, timer)
      bytes += waiter.keptBytes
      wheel.arm(timer, Math.min(holdMs, longestMs))
      if (newsMs > 0) ask()
      return () => leave(waiter)
    },
    tableChanged() {
      for (const waiter of [...seats.keys()]) {
        if (seats.has(waiter) && waiter.tryAgain()) leave(waiter)
      }
    },
    get stats() {
      return { waiting: seats.size }
    }
  }
}
