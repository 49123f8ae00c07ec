import { durationMs } from '../../gateway/config/duration.ts'
import type { Waiter, WaitingRoom } from '../../gateway/http/upstream/forward-contract.ts'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { Route } from '../../gateway/model/route.ts'
import type { Table } from '../../gateway/model/table.ts'
import type { ProxyOptions } from './options.ts'

export interface WaitingRoomRules {
  /** How long a request waits whose app doesn't say, ms; 0: not at all. */
  readonly holdMs: number
  /** Requests that wait at once. */
  readonly mostRequests: number
  /** Bytes of bodies that are kept for them. */
  readonly mostBytes: number
  readonly wheel: Wheel
  /** The current table. */
  table(): Pick<Table, 'services'>
}

/** Requests that wait for a task that is starting, served in the order in which they came. */
export interface ProxyWaitingRoom extends WaitingRoom {
  /** Another table is current: who has an endpoint now, goes. */
  tableChanged(): void
  readonly stats: { readonly waiting: number }
}

/** As the options say. */
export function waitingRoomFor(
  { time, requests, bytes }: ProxyOptions['hold'],
  wheel: Wheel,
  table: WaitingRoomRules['table']
): ProxyWaitingRoom {
  const holdMs = durationMs(time)
  return createWaitingRoom({ holdMs, mostRequests: requests, mostBytes: bytes, wheel, table })
}

export function createWaitingRoom(rules: WaitingRoomRules): ProxyWaitingRoom {
  const { wheel, mostRequests, mostBytes } = rules
  const seats = new Map<Waiter, Timer>()
  let bytes = 0

  function leave(waiter: Waiter): void {
    const timer = seats.get(waiter)
    if (timer === undefined) return
    wheel.disarm(timer)
    seats.delete(waiter)
    bytes -= waiter.keptBytes
  }

  /** 0: nobody is to be waited for. */
  function holdMsOf(route: Route): number {
    const { services } = rules.table()
    let longest = 0
    for (const { service: id, weight } of route.services) {
      const service = services.get(id)
      if (service === undefined || weight <= 0) continue
      if (!service.leftOut.some(({ isStarting }) => isStarting === true)) continue
      longest = Math.max(longest, service.holdMs ?? rules.holdMs)
    }
    return longest
  }

  return {
    enter(route, waiter) {
      const holdMs = holdMsOf(route)
      if (holdMs === 0 || seats.size >= mostRequests) return undefined
      if (bytes + waiter.keptBytes > mostBytes) return undefined
      const timer: Timer = { deadline: 0, slot: 0, expire: () => waiter.giveUp() }
      seats.set(waiter, timer)
      bytes += waiter.keptBytes
      wheel.arm(timer, holdMs)
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
