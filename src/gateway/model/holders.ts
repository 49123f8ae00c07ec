import { parentOf, saidOf } from './app-facts.ts'
import type { Claim, Claims } from './claims.ts'
import type { Problem } from './problem.ts'
import type { Wish } from './wishes.ts'

/** A host, or a path on every host, that the operator gave away: a file beats labels. */
export interface Owner {
  /** File and line, or the plugin. */
  readonly name: string
  /** `${source} ${appId}` of the apps it leads to; they and their Marathon groups may add paths. */
  readonly apps: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
}

/** Ends the problem of an app that asks for a host, or a path on every host, of another. */
export const NO_ROUTE_THERE = 'this app gets no route there'

export interface ClaimFacts {
  /** From the table before. */
  readonly claims: Claims
  /** Sources with a snapshot; the claims of others are kept as they are. */
  readonly loaded: ReadonlySet<string>
  readonly owners: ReadonlyMap<string, Owner>
  /** Who answers at a place, by `placeKey`: no label can have it. */
  readonly taken: ReadonlyMap<string, string>
}

/** About one claim key. */
export interface Decision {
  /** At most one per path. */
  readonly granted: readonly Wish[]
  readonly holder: Claim
  readonly problems: readonly Problem[]
}

/** What is claimed: a host, or a path on every host. */
export function claimKeyOf(place: { readonly host?: string; readonly path: string }): string {
  return place.host ?? `*${place.path}`
}

export function placeKey(place: { readonly host?: string; readonly path: string }): string {
  return `${place.host ?? '*'}${place.path}`
}

/**
 * Decides who answers at one host, or at one path on every host. A claim stays with its app while that
 * app wants it; then an app of its Marathon group is preferred; at first sight the smaller app id wins.
 * Apps of the holder's Marathon group may answer on the same host; everyone else gets a problem.
 *
 * @param wishes all for this key, at least one
 */
export function decideClaim(key: string, wishes: readonly Wish[], facts: ClaimFacts): Decision {
  const before = facts.claims.get(key)
  const stays = before !== undefined && !facts.loaded.has(before.source)
  const holder = stays ? before : holderOf(wishes, before)
  const owner = facts.owners.get(key)
  const problems: Problem[] = []
  const allowed: Wish[] = []
  for (const wish of wishes) {
    const refusal = refusalOf(wish, key, holder, owner) ?? takenBy(wish, facts.taken)
    if (refusal === undefined) allowed.push(wish)
    else problems.push(problemOf(wish, refusal))
  }
  const granted = firstOfEachPath(allowed, holder, owner !== undefined, problems)
  return { granted, holder, problems }
}

function holderOf(wishes: readonly Wish[], before: Claim | undefined): Claim {
  const wanting = wishes.map(({ member: { facts } }) => ({
    source: facts.source,
    app: facts.app.id
  }))
  wanting.sort(byId)
  if (before !== undefined) {
    const same = wanting.find((claim) => isSame(claim, before))
    if (same !== undefined) return same
    const heir = wanting.find((claim) => isSibling(claim, before))
    if (heir !== undefined) return heir
  }
  return wanting[0] ?? { source: '', app: '' }
}

function byId(a: Claim, b: Claim): number {
  if (a.app !== b.app) return a.app < b.app ? -1 : 1
  if (a.source === b.source) return 0
  return a.source < b.source ? -1 : 1
}

function isSame(a: Claim, b: Claim): boolean {
  return a.source === b.source && a.app === b.app
}

function isSibling(a: Claim, b: Claim): boolean {
  return a.source === b.source && parentOf(a.app) === parentOf(b.app)
}

function claimOf(wish: Wish): Claim {
  return { source: wish.member.facts.source, app: wish.member.facts.app.id }
}

function refusalOf(
  wish: Wish,
  key: string,
  holder: Claim,
  owner: Owner | undefined
): string | undefined {
  const { source, parent } = wish.member.facts
  const what =
    wish.host === undefined ? `the path ${key.slice(1)} on every host` : `the host ${key}`
  if (owner !== undefined) {
    const leads = wish.bundle.some(({ facts }) => owner.apps.has(`${facts.source} ${facts.app.id}`))
    if (leads || owner.groups.has(`${source} ${parent}`)) return undefined
    return `${owner.name} declares ${what}; ${NO_ROUTE_THERE}`
  }
  if (isSibling(claimOf(wish), holder)) return undefined
  const where = holder.source === source ? '' : ` of ${holder.source}`
  return `${what} belongs to ${holder.app}${where}; ${NO_ROUTE_THERE}`
}

function takenBy(wish: Wish, taken: ReadonlyMap<string, string>): string | undefined {
  const name = taken.get(placeKey(wish))
  return name === undefined
    ? undefined
    : `${name} declares ${placeName(wish)}; the route of this app is not used`
}

function firstOfEachPath(
  wishes: readonly Wish[],
  holder: Claim,
  owned: boolean,
  problems: Problem[]
): Wish[] {
  if (wishes.length < 2) return [...wishes]
  const holderFirst = owned || parentOf(holder.app) === '/'
  const sorted = [...wishes].sort((a, b) => compareWishes(a, b, holder, holderFirst))
  const first = new Map<string, Wish>()
  for (const wish of sorted) {
    const winner = first.get(wish.path)
    if (winner === undefined) first.set(wish.path, wish)
    else reportLoser(wish, winner, problems)
  }
  return [...first.values()]
}

/** In the root group, where strangers live, the holder goes first; in others, priority does. */
function compareWishes(a: Wish, b: Wish, holder: Claim, holderFirst: boolean): number {
  const [one, two] = [claimOf(a), claimOf(b)]
  const byPriority = isSame(one, two) || !holderFirst ? priorityOf(b) - priorityOf(a) : 0
  if (byPriority !== 0) return byPriority
  const byHolder = Number(isSame(two, holder)) - Number(isSame(one, holder))
  return byHolder || byId(one, two) || a.member.index - b.member.index
}

function priorityOf({ member: { facts, index } }: Wish): number {
  return facts.override?.priority ?? saidOf(facts, index, 'priority')?.value ?? 0
}

function reportLoser(wish: Wish, winner: Wish, problems: Problem[]): void {
  const { facts } = winner.member
  if (wish.bundle === winner.bundle) {
    // Members of one service share their routes; only what they say differently is worth a word.
    if (wish.strip === winner.strip) return
    const reason = `gateway.path.strip differs from ${facts.app.id}, whose value holds`
    problems.push(problemOf(wish, reason))
    return
  }
  const same = facts.app.id === wish.member.facts.app.id
  const who = same ? `port ${winner.member.index} of this app` : facts.app.id
  problems.push(
    problemOf(wish, `${who} answers at ${placeName(wish)} already; this route is not used`)
  )
}

function placeName(wish: Wish): string {
  return wish.host === undefined ? `${wish.path} on every host` : `${wish.host}${wish.path}`
}

function problemOf(wish: Wish, reason: string): Problem {
  const { facts } = wish.member
  const label = wish.origins['host']?.label ?? wish.origins['path']?.label
  return {
    source: facts.source,
    app: facts.app.id,
    ...(label !== undefined && { label }),
    reason
  }
}
