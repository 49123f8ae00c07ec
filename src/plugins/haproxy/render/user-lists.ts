import type { BasicAuth } from '../../../gateway/model/route.ts'
import { OWN_PREFIX, shortHash } from './names.ts'

/** HAProxy computes each hash once when it reads the file: some 3 s of that for a whole cluster. */
const MOST_ROUNDS = 10_000_000
const DEFAULT_ROUNDS = 5000

/** Users of all backends that ask for a password; equal lists are one. */
export interface UserLists {
  /** @returns why the list has no room any more; undefined: backends can name it */
  take(auth: BasicAuth): string | undefined
  /** Headers and lines of sections, sorted by name. */
  readonly sections: readonly (readonly [header: string, lines: readonly string[]])[]
}

/** @param most rounds of all hashes together */
export function createUserLists(most = MOST_ROUNDS): UserLists {
  const lists = new Map<string, readonly string[]>()
  let rounds = 0
  return {
    take(auth) {
      const name = listNameOf(auth)
      if (lists.has(name)) return undefined
      const more = auth.users.reduce((sum, { hash }) => sum + roundsOf(hash), 0)
      if (rounds + more > most) return 'HAProxy would take too long to read all users'
      rounds += more
      lists.set(name, linesOf(auth))
      return undefined
    },
    get sections() {
      return [...lists]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, lines]) => [`userlist ${name}`, lines] as const)
    }
  }
}

/** Made from what it holds, so that no list ever means another one. */
export function listNameOf(auth: BasicAuth): string {
  return `${OWN_PREFIX}users-${shortHash(linesOf(auth).join('\n'), 16)}`
}

/** How often a SHA-crypt hash goes through its function. */
export function roundsOf(hash: string): number {
  return Number(/^\$[56]\$rounds=(\d+)\$/.exec(hash)?.[1] ?? DEFAULT_ROUNDS)
}

function linesOf({ users }: BasicAuth): string[] {
  return users.map(({ name, hash }) => `user ${name} password '${hash}'`).sort()
}
