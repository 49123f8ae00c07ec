import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { removeCgroup } from './cgroups.ts'
import { isAlive, type Lease, leases, removeLease } from './lease.ts'

/** The end of a lab's processes takes the kernel a moment; this is only a limit against hanging. */
const limitMs = 60_000

/**
 * Removes everything of a lab: its processes, and with the last of them its namespaces, mounts and
 * interfaces; then its cgroups and files. May be called by several at once, and again.
 */
export async function sweep(cache: string, lease: Lease): Promise<void> {
  for (const mark of lease.processes) {
    if (await isAlive(mark)) process.kill(mark.pid, 'SIGKILL')
  }
  await insist(async () => {
    for (const folder of lease.cgroups) await removeCgroup(folder)
  })
  await insist(() => removeFolder(cache, lease))
  await removeLease(cache, lease.id)
}

/** Sweeps up after rehearsals that were killed, guardian and all. Gives how many there were. */
export async function sweepAbandoned(cache: string): Promise<number> {
  let swept = 0
  for (const lease of await leases(cache)) {
    if (await isAlive(lease.runner)) continue
    await sweep(cache, lease)
    swept += 1
  }
  return swept
}

async function removeFolder(cache: string, { folder, id }: Lease): Promise<void> {
  // The lease is a file: never remove what only a damaged one could name.
  if (folder !== join(cache, basename(folder)) || !folder.endsWith(id)) {
    throw new Error(`the lease ${id} names ${folder}, which is no folder of a lab`)
  }
  await rm(folder, { recursive: true, force: true })
}

async function insist(attempt: () => Promise<void>): Promise<void> {
  const tries = limitMs / 100
  for (let n = 1; ; n += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (n >= tries) throw error
      await pause(100)
    }
  }
}
