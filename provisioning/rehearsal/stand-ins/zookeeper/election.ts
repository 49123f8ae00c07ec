import { setTimeout as sleep } from 'node:timers/promises'
import type { ZookeeperSession } from './session.ts'

/** How often the candidates are looked at: a rehearsal needs no watches. */
const LOOK_MS = 500

export interface ElectionOptions {
  readonly session: ZookeeperSession
  /** Where the candidates' nodes are. */
  readonly path: string
  /** Names of candidates begin with it; a number follows. */
  readonly prefix: string
  readonly log: (line: string) => void
}

/** The candidate that leads; undefined while there is none. */
export interface Leader {
  readonly node: string
  readonly data: string
}

/** Becomes a candidate. @returns the name of its node */
export async function stand(options: ElectionOptions, data: string): Promise<string> {
  const { session, path, prefix } = options
  await patiently(options, () => session.ensure(path))
  const node = await patiently(options, () =>
    session.announce(`${path}/${prefix}`, Buffer.from(data))
  )
  return node.slice(path.length + 1)
}

/**
 * Follows who leads: the candidate with the lowest number, as Mesos and Curator do it. `onLeader` is
 * called at first and at each change; errors are logged and the last leader stands.
 */
export async function followLeader(
  options: ElectionOptions,
  onLeader: (leader: Leader | undefined) => void
): Promise<never> {
  let last: string | undefined | null = null
  for (;;) {
    try {
      const leader = await leaderOf(options)
      if (leader?.node !== last) onLeader(leader)
      last = leader?.node
    } catch (error) {
      options.log(`cannot see who leads: ${String(error)}`)
    }
    await sleep(LOOK_MS)
  }
}

async function leaderOf({ session, path, prefix }: ElectionOptions): Promise<Leader | undefined> {
  const candidates = (await session.children(path)).filter((name) => name.startsWith(prefix))
  const [node] = [...candidates].sort()
  if (node === undefined) return undefined
  const data = await session.read(`${path}/${node}`)
  return data === undefined ? undefined : { node, data: data.toString('utf8') }
}

/** Servers that start at the same time wait for ZooKeeper. */
async function patiently<T>(
  { log }: Pick<ElectionOptions, 'log'>,
  attempt: () => Promise<T>
): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      log(`ZooKeeper does not serve yet: ${String(error)}`)
      await sleep(LOOK_MS)
    }
  }
}
