import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { LRUCache } from 'lru-cache'
import { isLinkLocal } from '../../model/task-addresses.ts'

export interface TaskLookupTools {
  /** Asks for all addresses of a name. Rejects when there is no answer. */
  find(name: string): Promise<readonly LookupAddress[]>
  /** Monotonic, ms. */
  now(): number
  /**
   * A name has no fresh address, and its last one serves; and when it has one again.
   *
   * @param trouble undefined: it is over
   */
  onTrouble?(name: string, trouble: Error | undefined): void
}

/** An answer is used for so long without asking again, ms. */
const FRESH_MS = 5_000
/** Who asks longer than this gets the last answer, ms: each question holds one of Node's few threads. */
const SLOW_MS = 1_000
/** While there is no answer: the first pause between two questions, ms. Each further one is twice as long. */
const AGAIN_MS = 1_000
const LONGEST_AGAIN_MS = 30_000
/** An answer older than this serves no more, ms. */
const OLDEST_MS = 3_600_000
const MOST_NAMES = 10_000

interface Name {
  addresses: readonly LookupAddress[]
  /** When they were given, by the clock. */
  answeredAt: number
  /** Not asked before. */
  askFrom: number
  failures: number
  asking: Promise<readonly LookupAddress[]> | undefined
}

/**
 * Looks up the names of agents. Asks once for all who want to know at one time, and not again for a few seconds;
 * when nobody answers, or not soon, the last answer serves, for an hour at most: tasks do not die with the name
 * server. Link-local addresses are forgotten: whoever owns a name must not lead requests to what only this
 * machine can reach.
 */
export function createTaskLookup(given: Partial<TaskLookupTools> = {}): LookupFunction {
  const tools: TaskLookupTools = { ...systemTools, ...given }
  const names = new LRUCache<string, Name>({ max: MOST_NAMES })

  function addressesOf(name: string): Promise<readonly LookupAddress[]> {
    const known = names.get(name) ?? newName()
    names.set(name, known)
    const serves = isServing(known)
    if (serves && tools.now() < known.askFrom) return Promise.resolve(known.addresses)
    known.asking ??= ask(name, known)
    return serves ? lastUnlessSoon(known.asking, known.addresses) : known.asking
  }

  function isServing({ addresses, answeredAt }: Name): boolean {
    return addresses.length > 0 && tools.now() - answeredAt < OLDEST_MS
  }

  async function ask(name: string, known: Name): Promise<readonly LookupAddress[]> {
    try {
      const found = (await tools.find(name)).filter(isUsable)
      if (found.length === 0) throw noAddress(name)
      if (known.failures > 0) tools.onTrouble?.(name, undefined)
      const now = tools.now()
      Object.assign(known, { addresses: found, answeredAt: now, askFrom: now + FRESH_MS })
      known.failures = 0
    } catch (error) {
      if (!isServing(known)) throw error
      if (known.failures === 0) tools.onTrouble?.(name, error as Error)
      known.askFrom = tools.now() + Math.min(LONGEST_AGAIN_MS, AGAIN_MS * 2 ** known.failures)
      known.failures = Math.min(known.failures + 1, 16)
    } finally {
      known.asking = undefined
    }
    return known.addresses
  }

  return (name, options, done) => {
    const told = (found: readonly LookupAddress[]) => {
      const [first] = found
      if (options.all === true) done(null, [...found])
      else if (first !== undefined) done(null, first.address, first.family)
    }
    const failed = (error: NodeJS.ErrnoException) => done(error, '', 0)
    // A throw of whoever is told is his own, and not a failed look-up.
    addressesOf(name).then(
      (found) => process.nextTick(told, found),
      (error) => process.nextTick(failed, error)
    )
  }
}

function newName(): Name {
  return { addresses: [], answeredAt: 0, askFrom: 0, failures: 0, asking: undefined }
}

function lastUnlessSoon(
  asking: Promise<readonly LookupAddress[]>,
  last: readonly LookupAddress[]
): Promise<readonly LookupAddress[]> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SLOW_MS, last)
    void asking
      .catch(() => last)
      .then((found) => {
        clearTimeout(timer)
        resolve(found)
      })
  })
}

const systemTools: TaskLookupTools = {
  find: (name) =>
    new Promise((resolve, reject) => {
      lookup(name, { all: true }, (error, found) =>
        error === null ? resolve(found) : reject(error)
      )
    }),
  now: () => performance.now()
}

function isUsable({ address, family }: LookupAddress): boolean {
  return !isLinkLocal(address.toLowerCase(), family)
}

function noAddress(name: string): NodeJS.ErrnoException {
  const error = new Error(`${name} has link-local addresses alone`)
  return Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name })
}
