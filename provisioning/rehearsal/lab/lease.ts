import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A process that can't be mistaken for a later one of the same number. */
export interface ProcessMark {
  readonly pid: number
  /** Clock ticks from the start of the kernel to that of the process: field 22 of /proc/PID/stat. */
  readonly started: string
}

/** Everything a lab holds on this host, written down before it is made, so that others can remove it. */
export interface Lease {
  readonly id: string
  /** The rehearsal itself: while it lives the lab is in use. */
  readonly runner: ProcessMark
  /** Processes outside the lab's own namespaces, and the one whose end is the end of those inside. */
  readonly processes: readonly ProcessMark[]
  readonly folder: string
  /** The lab's folder in each cgroup hierarchy. */
  readonly cgroups: readonly string[]
}

export async function markOf(pid: number): Promise<ProcessMark> {
  return { pid, started: await startOf(pid) }
}

export async function isAlive({ pid, started }: ProcessMark): Promise<boolean> {
  return (await startOf(pid)) === started && started !== ''
}

/** Empty when there is no such process. A zombie counts as gone. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The command's name may hold spaces and brackets; the fields after the last bracket don't.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? '' : (fields[19] ?? '')
}

export async function writeLease(cache: string, lease: Lease): Promise<string> {
  await mkdir(join(cache, 'leases'), { recursive: true, mode: 0o700 })
  const file = leaseFile(cache, lease.id)
  await writeFile(`${file}.new`, JSON.stringify(lease), { mode: 0o600 })
  await rename(`${file}.new`, file)
  return file
}

export async function readLease(file: string): Promise<Lease | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Lease)
}

export async function removeLease(cache: string, id: string): Promise<void> {
  await rm(leaseFile(cache, id), { force: true })
}

/** All that were written and not yet taken back. */
export async function leases(cache: string): Promise<Lease[]> {
  const names = await readdir(join(cache, 'leases')).catch(() => [])
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map((name) => readLease(join(cache, 'leases', name)))
  )
  return found.filter((lease) => lease !== undefined)
}

function leaseFile(cache: string, id: string): string {
  return join(cache, 'leases', `${id}.json`)
}
