import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { handOutControllers, hierarchies, makeCgroup } from './cgroups.ts'
import { type Enclosure, openEnclosure } from './enclosure.ts'
import { type Lease, markOf, readLease, writeLease } from './lease.ts'
import { sweep, sweepAbandoned } from './sweep.ts'

/** Where a lab is on this host, and what sees to it that it is not for ever. */
export interface Residence {
  readonly cache: string
  readonly folder: string
  readonly cgroups: readonly string[]
  readonly enclosure: Enclosure
  /** May be called twice. */
  leave(): Promise<void>
}

/** Images and packages are kept here between rehearsals. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'marathon-gateway-rehearsal')
}

/** Sweeps up after rehearsals that were killed, then makes a place for this one. */
export async function takeResidence(cache: string): Promise<Residence> {
  await mkdir(cache, { recursive: true, mode: 0o700 })
  await sweepAbandoned(cache)
  const id = `${process.pid}-${crypto.randomUUID().slice(0, 8)}`
  const folder = join(cache, `lab-${id}`)
  const cgroups = (await hierarchies()).map(({ parent }) => join(parent, `rehearsal-${id}`))
  const runner = await markOf(process.pid)
  const planned: Lease = { id, runner, processes: [], folder, cgroups }
  const leaseFile = await writeLease(cache, planned)
  const guardian = startGuardian(leaseFile)
  let left: Promise<void> | undefined
  const leave = () => {
    left ??= endGuardian(guardian, cache, leaseFile)
    return left
  }
  try {
    await mkdir(folder, { mode: 0o700 })
    for (const cgroup of cgroups) {
      await makeCgroup(cgroup)
      await handOutControllers(cgroup)
    }
    const enclosure = await openEnclosure(folder)
    const processes = await Promise.all([markOf(enclosure.pid), markOf(enclosure.uplink.pid)])
    await writeLease(cache, { ...planned, processes })
    return { cache, folder, cgroups, enclosure, leave }
  } catch (error) {
    await leave()
    throw error
  }
}

function startGuardian(leaseFile: string): ChildProcess {
  const program = join(import.meta.dirname, 'guardian.ts')
  const tsx = import.meta.resolve('tsx')
  const args = ['--import', tsx, program, leaseFile]
  return spawn(process.execPath, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
}

/** What the guardian does after every end, it does after this one; only were it killed itself is it done here. */
async function endGuardian(guardian: ChildProcess, cache: string, file: string): Promise<void> {
  const exited = guardian.exitCode === null ? once(guardian, 'exit') : Promise.resolve()
  guardian.stdin?.on('error', () => undefined)
  guardian.stdin?.end()
  await exited
  const lease = await readLease(file)
  if (lease !== undefined) await sweep(cache, lease)
}
