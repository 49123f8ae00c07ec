import { readdirSync, readFileSync } from 'node:fs'

/** One process as `/proc` tells it. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** User and system time of all its threads, and of its children that have ended, in clock ticks. */
  readonly ticks: number
}

/** USER_HZ: since Linux 2.6 this is 100 on every architecture that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100

/**
 * One line of `/proc/PID/stat`. The name stands in parentheses and may hold spaces and parentheses
 * itself, so fields are counted from the last one (proc(5)).
 */
export function parseStat(line: string): ProcessStat | undefined {
  const nameEnd = line.lastIndexOf(')')
  const pid = Number.parseInt(line, 10)
  const fields = line.slice(nameEnd + 2).split(' ')
  // The third field of the line is the first one here: state, ppid, …, utime, stime, cutime, cstime.
  const times = fields.slice(11, 15).map(Number)
  if (nameEnd < 0 || times.length < 4 || times.some(Number.isNaN)) return undefined
  return { pid, parent: Number(fields[1]), ticks: times.reduce((sum, time) => sum + time, 0) }
}

/** The process and all its descendants, also where a parent is listed after its child. */
export function treeOf(all: readonly ProcessStat[], root: number): ProcessStat[] {
  const found = all.filter(({ pid }) => pid === root)
  // Grows while it is walked.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid))
  return found
}

/** Bytes of a line such as `Pss:  1234 kB`; 0 when there is none. */
export function parsePss(rollup: string): number {
  const kib = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]
  return kib === undefined ? 0 : Number(kib) * 1024
}

/** CPU time, in seconds, that the process and its descendants have used so far. */
export function cpuSecondsOf(root: number): number {
  const ticks = treeOf(allProcesses(), root).reduce((sum, process) => sum + process.ticks, 0)
  return ticks / TICKS_PER_SECOND
}

/** Memory of the process and its descendants: PSS, so without buffers of the kernel. */
export function memoryBytesOf(root: number): number {
  const tree = treeOf(allProcesses(), root)
  return tree.reduce((sum, { pid }) => sum + parsePss(read(`/proc/${pid}/smaps_rollup`)), 0)
}

function allProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => parseStat(read(`/proc/${name}/stat`)) ?? [])
}

/** A process may end between the listing and the reading. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
