import { createAuthenticator } from '../../gateway/http/auth/basic-auth.ts'
import { createPasswordPool } from '../../gateway/http/auth/password-pool.ts'
import {
  clientAddress,
  type NetworkMatcher,
  networkMatcher
} from '../../gateway/http/client-address.ts'
import type { GatewayErrorName } from '../../gateway/http/errors.ts'
import type { TrustedPeers } from '../../gateway/http/trusted-peers.ts'
import type { BasicAuth, Guard } from '../../gateway/model/route.ts'
import type { Peer } from './peer.ts'
import type { HeadFacts } from './request-facts.ts'

/** One that answers and one that a flood of wrong passwords can't take as well. */
const THREADS = 2
/** Passwords of strangers that may wait; at some milliseconds each, a second or two. */
const MOST_WAITING = 256
const REMEMBERED_CREDENTIALS = 10_000

/** What a request is refused with; undefined: it may enter. Insecure: it did not come over TLS. */
export type Refusal = GatewayErrorName | 'insecure' | undefined

/** Keeps the guards of routes. */
export interface Guards {
  /** At once, unless a password has to be checked that was not seen before. */
  refusalOf(guard: Guard, facts: HeadFacts, peer: Peer): Refusal | Promise<Refusal>
  close(): Promise<void>
}

export function createGuards(trusted: TrustedPeers): Guards {
  const pool = createPasswordPool({ threads: THREADS, maxWaiting: MOST_WAITING })
  const authenticator = createAuthenticator(pool, REMEMBERED_CREDENTIALS)
  // The lists belong to one table and die with it.
  const matchers = new WeakMap<readonly string[], NetworkMatcher>()

  function mayEnter(networks: readonly string[], facts: HeadFacts, peer: Peer): boolean {
    const matcher = matchers.get(networks) ?? networkMatcher(networks)
    matchers.set(networks, matcher)
    const address = clientAddress(peer.address, facts.header('x-forwarded-for'), trusted)
    return address !== undefined && matcher(address)
  }

  function authRefusal(auth: BasicAuth, facts: HeadFacts): Refusal | Promise<Refusal> {
    // Of several, a task might read another one than we do.
    const verdict = authenticator.check(auth, facts.sole('authorization'))
    return typeof verdict === 'string' ? REFUSALS[verdict] : verdict.then((one) => REFUSALS[one])
  }

  return {
    refusalOf({ networks, https, auth }, facts, peer) {
      if (networks !== undefined && !mayEnter(networks, facts, peer)) return 'forbidden'
      // No password is asked for in the clear.
      if (https !== undefined && !isSecure(facts, peer)) return 'insecure'
      return auth === undefined ? undefined : authRefusal(auth, facts)
    },
    close: () => pool.close()
  }
}

const REFUSALS = {
  right: undefined,
  wrong: 'unauthorized',
  busy: 'guardBusy'
} as const satisfies Record<'right' | 'wrong' | 'busy', Refusal>

/** The client itself uses TLS, as its connection or a trusted proxy in front says. */
export function isSecure(facts: HeadFacts, { trusted, proto }: Peer): boolean {
  const said = trusted ? facts.header('x-forwarded-proto')?.split(',') : undefined
  return (said ?? [proto]).every((word) => word.trim().toLowerCase() === 'https')
}
