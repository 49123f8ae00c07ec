import { createHmac, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { BasicAuth } from '../../model/route.ts'
import type { PasswordPool } from './password-pool.ts'

export type AuthVerdict = 'right' | 'wrong' | 'busy'

/** Says whether an `Authorization` header names a user of the list, with the right password. */
export interface Authenticator {
  /** At once where the answer is known, which is so for all but the first request of a client. */
  check(auth: BasicAuth, authorization: string | undefined): AuthVerdict | Promise<AuthVerdict>
}

export interface Credentials {
  readonly name: string
  readonly password: Buffer
}

const LONGEST_HEADER = 1024
/** The cost of a check grows with the password. */
const LONGEST_PASSWORD = 256

/** RFC 7617 §2; undefined for anything else. */
export function parseBasic(authorization: string | undefined): Credentials | undefined {
  if (authorization === undefined || authorization.length > LONGEST_HEADER) return undefined
  const [, encoded] = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(authorization) ?? []
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  const colon = bytes.indexOf(0x3a)
  const password = bytes.subarray(colon + 1)
  if (colon === -1 || password.length > LONGEST_PASSWORD) return undefined
  return { name: bytes.toString('utf8', 0, colon), password }
}

/**
 * Remembers verified credentials by a keyed digest, never as plain text, and forgets them with the
 * hash they belong to, since it is a part of the digest. Wrong ones are not remembered.
 *
 * @param remembered most credentials that are kept
 */
export function createAuthenticator(pool: PasswordPool, remembered: number): Authenticator {
  const key = randomBytes(32)
  const verified = new LRUCache<string, true>({ max: remembered })
  const running = new Map<string, Promise<AuthVerdict>>()

  function digestOf({ name, password }: Credentials, hash: string): string {
    const lengths = `${name.length}:${password.length}:`
    return createHmac('sha256', key)
      .update(lengths)
      .update(name)
      .update(password)
      .update(hash)
      .digest('base64')
  }

  async function verify(digest: string, check: Promise<boolean>, known: boolean) {
    try {
      const right = (await check) && known
      if (right) verified.set(digest, true)
      return right ? 'right' : 'wrong'
    } catch {
      // A lost thread says nothing about the password.
      return 'busy'
    } finally {
      running.delete(digest)
    }
  }

  return {
    check(auth, authorization) {
      const credentials = parseBasic(authorization)
      const user = auth.users.find(({ name }) => name === credentials?.name)
      // An unknown name costs as much time as a known one, so that nobody learns which there are.
      const hash = (user ?? auth.users[0])?.hash
      if (credentials === undefined || hash === undefined) return 'wrong'
      const digest = digestOf(credentials, hash)
      if (user !== undefined && verified.get(digest) === true) return 'right'
      // A browser asks for many things at once: one check answers all of them.
      const same = running.get(digest)
      if (same !== undefined) return same
      const check = pool.check(credentials.password, hash)
      if (check === undefined) return 'busy'
      const verdict = verify(digest, check, user !== undefined)
      running.set(digest, verdict)
      return verdict
    }
  }
}
