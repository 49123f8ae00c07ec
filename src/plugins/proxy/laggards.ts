import { createInTurns } from '../../gateway/http/in-turns.ts'
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
/** Of those that nobody waits for: each has its request failed and a connection ended, some 0.3 ms. */
const OUT_AT_ONCE = 2

export function createLaggards({ share, wheel, now }: LaggardRules): Laggards {
  const crowds = new Map<string, Crowd>()
  const timer: Timer = { deadline: 0, slot: 0, expire: lookAtAll }
  const surplus = createInTurns<Due>(OUT_AT_ONCE, ({ crowd, laggard }) => {
    if (crowd.takesOut(laggard, now())) laggard.giveWay()
  })
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
    for (const laggard of crowd.wishedAt(now())) laggard.giveWay()
    for (const laggard of crowd.surplusAt(now())) surplus.add({ crowd, laggard })
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
      if (crowd?.leave(who) === true) count--
      if (crowd?.isOver === true) crowds.delete(id)
    },
    press({ id }) {
      const crowd = crowdOf(id)
      crowd.wish(now() + WISH_MS)
      lookSoon(id, crowd)
    }
  }
}

interface Due {
  readonly crowd: Crowd
  readonly laggard: Laggard
}

/** Those that may be slow on one endpoint. */
class Crowd {
  readonly members = new Set<Laggard>()
  /** Members whose turn to give way comes. */
  readonly #due = new Set<Laggard>()
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

  /** @returns whether it was there */
  leave(who: Laggard): boolean {
    this.#due.delete(who)
    return this.members.delete(who)
  }

  /** Those who give way to requests that wait, the slowest first: one for each wish. */
  wishedAt(at: number): readonly Laggard[] {
    this.#wishes = this.#wishes.filter((until) => until > at)
    if (this.#wishes.length === 0) return []
    const wished = this.#slowFor(SLOW_MS, at).slice(0, this.#wishes.length)
    this.#wishes.splice(0, wished.length)
    return wished
  }

  /** Those beyond the share of slow ones who are due to give way from now on, the slowest first. */
  surplusAt(at: number): readonly Laggard[] {
    const tooMany = this.members.size - this.#due.size - this.#share
    if (tooMany <= 0) return []
    const slow = this.#slowFor(VERY_SLOW_MS, at).filter((one) => !this.#due.has(one))
    const out = slow.slice(0, tooMany)
    for (const one of out) this.#due.add(one)
    return out
  }

  /** @returns whether one that was due has still to give way */
  takesOut(one: Laggard, at: number): boolean {
    return this.#due.delete(one) && isSlowFor(VERY_SLOW_MS, one.slowSince(), at)
  }

  #slowFor(ms: number, at: number): Laggard[] {
    const slow: { readonly one: Laggard; readonly since: number }[] = []
    for (const one of this.members) {
      const since = one.slowSince()
      if (isSlowFor(ms, since, at)) slow.push({ one, since })
    }
    return slow.sort((a, b) => a.since - b.since).map(({ one }) => one)
  }
}

function isSlowFor(ms: number, since: number | undefined, at: number): since is number {
  return since !== undefined && since <= at - ms
}
