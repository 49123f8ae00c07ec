import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import type { Endpoint } from '../../gateway/model/route.ts'

/** A request that holds a connection to a task while its client may be slow. */
export interface Laggard {
  /** Since when its client has kept it waiting, ms since 1970; undefined: not now. */
  slowSince(): number | undefined
  /** Its connection to the task is for others. */
  giveWay(): void
}

/**
 * Keeps slow clients from taking an app out: they have at most half of the connections to an
 * endpoint, and none that another request waits for. Who has been slow the longest gives way first.
 */
export interface Laggards {
  join(endpoint: Endpoint, who: Laggard): void
  leave(endpoint: Endpoint, who: Laggard): void
  /** A request waits for a connection to this endpoint. */
  press(endpoint: Endpoint): void
  /** Those that may be slow are more, on all endpoints together, than their share of one. */
  areMany(): boolean
  now(): number
}

export interface LaggardRules {
  /** More of them than this on one endpoint are too many. */
  readonly share: number
  readonly wheel: Wheel
  now(): number
}

/** Slow enough to give way to a request that would wait in vain. */
const SLOW_MS = 1000
/** Slow enough to give way before anybody has to wait. */
const VERY_SLOW_MS = 5000
/** How long a wish for a connection counts: about as long as a request waits for one. */
const WISH_MS = 2500
const LOOK_AGAIN_MS = 200
const MOST_WISHES = 256

export function createLaggards({ share, wheel, now }: LaggardRules): Laggards {
  const crowds = new Map<string, Crowd>()
  const timer: Timer = { deadline: 0, slot: 0, expire: lookAtAll }
  let pressed = new Map<string, Crowd>()
  let count = 0

  function crowdOf(id: string): Crowd {
    const known = crowds.get(id)
    if (known !== undefined) return known
    const crowd = new Crowd(share)
    crowds.set(id, crowd)
    return crowd
  }

  /** Together with what happens in the same moment: a request waits, and a tick is long for it. */
  function lookSoon(id: string, crowd: Crowd): void {
    if (pressed.size === 0) setImmediate(lookAtPressed)
    pressed.set(id, crowd)
  }

  function lookAtPressed(): void {
    const looked = pressed
    pressed = new Map()
    for (const [id, crowd] of looked) look(id, crowd)
  }

  function lookAtAll(): void {
    for (const [id, crowd] of crowds) look(id, crowd)
  }

  function look(id: string, crowd: Crowd): void {
    for (const laggard of crowd.outAt(now())) laggard.giveWay()
    if (crowd.isRestless) lookAgain()
    if (crowd.isOver) crowds.delete(id)
  }

  /** Not with each that joins: there may be thousands, and to be looked through takes a while. */
  function lookAgain(): void {
    if (timer.deadline === 0) wheel.arm(timer, LOOK_AGAIN_MS)
  }

  return {
    now,
    areMany: () => count > share,
    join({ id }, who) {
      const crowd = crowdOf(id)
      if (!crowd.members.has(who)) count++
      crowd.members.add(who)
      if (crowd.isRestless) lookAgain()
    },
    leave({ id }, who) {
      const crowd = crowds.get(id)
      if (crowd?.members.delete(who) === true) count--
      if (crowd?.isOver === true) crowds.delete(id)
    },
    press({ id }) {
      const crowd = crowdOf(id)
      crowd.wish(now() + WISH_MS)
      lookSoon(id, crowd)
    }
  }
}

/** Those that may be slow on one endpoint. */
class Crowd {
  readonly members = new Set<Laggard>()
  readonly #share: number
  /** Requests that wait for a connection: until when. */
  #wishes: number[] = []

  constructor(share: number) {
    this.#share = share
  }

  /** Somebody may have to give way. */
  get isRestless(): boolean {
    return this.#wishes.length > 0 || this.members.size > this.#share
  }

  get isOver(): boolean {
    return this.#wishes.length === 0 && this.members.size === 0
  }

  wish(until: number): void {
    if (this.#wishes.length < MOST_WISHES) this.#wishes.push(until)
  }

  /** Those who give way, the slowest first: one for each wish, and those beyond their share. */
  outAt(at: number): readonly Laggard[] {
    if (!this.isRestless) return []
    this.#wishes = this.#wishes.filter((until) => until > at)
    const slow = this.#slowAt(at)
    const wished = slow.slice(0, this.#wishes.length)
    this.#wishes.splice(0, wished.length)
    const tooMany = Math.max(0, this.members.size - this.#share - wished.length)
    const rest = slow.slice(wished.length).filter(({ since }) => since <= at - VERY_SLOW_MS)
    return [...wished, ...rest.slice(0, tooMany)].map(({ one }) => one)
  }

  #slowAt(at: number): { readonly one: Laggard; readonly since: number }[] {
    const slow: { readonly one: Laggard; readonly since: number }[] = []
    for (const one of this.members) {
      const since = one.slowSince()
      if (since !== undefined && since <= at - SLOW_MS) slow.push({ one, since })
    }
    return slow.sort((a, b) => a.since - b.since)
  }
}
