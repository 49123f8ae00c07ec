import type { Claim } from './claims.ts'
import { type ClaimFacts, decideClaim, type Owner } from './holders.ts'
import { LayeredMap } from './layered-map.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Steps } from './steps.ts'
import type { Wish } from './wishes.ts'

/** Who got what at one claim key, before and now. */
export interface GrantChange {
  readonly before: readonly Wish[]
  readonly after: readonly Wish[]
}

export interface ClaimNews extends ClaimFacts {
  readonly wishes: ReadonlyMap<string, readonly Wish[]>
  /** Claim keys whose wishes are others now. */
  readonly changed: ReadonlySet<string>
}

/** Who holds which claim, decided again where something changed. */
export class ClaimBook {
  readonly #problems: ProblemBook
  readonly #granted = new Map<string, readonly Wish[]>()
  #claims = LayeredMap.of<Claim>()
  #circumstances = ''

  constructor(problems: ProblemBook) {
    this.#problems = problems
  }

  get claims(): LayeredMap<Claim> {
    return this.#claims
  }

  *update(news: ClaimNews): Steps<readonly GrantChange[]> {
    const keys = this.#toDecide(news)
    const claims = new Map<string, Claim | undefined>()
    const changes: GrantChange[] = []
    for (const key of keys) {
      const wishes = news.wishes.get(key) ?? []
      const decision = wishes.length === 0 ? undefined : decideClaim(key, wishes, news)
      const holder = decision?.holder ?? keptClaim(key, news)
      if (!isSame(holder, this.#claims.get(key))) claims.set(key, holder)
      const after = decision?.granted ?? []
      changes.push({ before: this.#granted.get(key) ?? [], after })
      if (after.length === 0) this.#granted.delete(key)
      else this.#granted.set(key, after)
      this.#problems.set(`claim ${key}`, decision?.problems ?? [])
      yield
    }
    this.#claims = this.#claims.with(claims)
    return changes
  }

  /** All keys, when it is not only their wishes that changed. */
  #toDecide(news: ClaimNews): ReadonlySet<string> {
    const circumstances = textOf(news)
    const same = circumstances === this.#circumstances && news.claims === this.#claims
    this.#circumstances = circumstances
    if (same) return news.changed
    return new Set([
      ...news.wishes.keys(),
      ...news.claims.keys(),
      ...this.#granted.keys(),
      ...this.#claims.keys()
    ])
  }
}

/** Nobody wants it, but its holder may not have been read yet. */
function keptClaim(key: string, { claims, loaded }: ClaimFacts): Claim | undefined {
  const claim = claims.get(key)
  return claim === undefined || loaded.has(claim.source) ? undefined : claim
}

function isSame(a: Claim | undefined, b: Claim | undefined): boolean {
  return a === b || (a !== undefined && a.source === b?.source && a.app === b.app)
}

function textOf({ loaded, owners, taken }: ClaimFacts): string {
  const ownerText = ([host, { name, apps, groups }]: [string, Owner]) => [
    host,
    name,
    ...apps,
    '',
    ...groups
  ]
  return JSON.stringify([[...loaded].sort(), [...owners].map(ownerText), [...taken]])
}
