import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { MatrixResult } from './run-matrix.ts'

/** What of the machine matters to a figure. It has no name here: the figures are told, not the place. */
export interface HostFacts {
  readonly processor: string
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  /** Others' use of the machine just before, as the mean number of running processes. */
  readonly loadBefore: number
  readonly pinned: boolean
}

export function hostFacts(pinned: boolean): HostFacts {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${/^\d+\.\d+/.exec(release())?.[0] ?? ''}`.trim(),
    node: process.version,
    loadBefore: loadAverage(),
    pinned
  }
}

/** A few sentences for the page. */
export function describeHost(host: HostFacts, { backend, generators }: MatrixResult): string {
  const { processor, cores, memoryGib, system, node, loadBefore, pinned } = host
  const placed = pinned
    ? 'Each proxy has cores of its own; load generator and backend share the others.'
    : 'Nothing is pinned to a core.'
  return `${processor}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node.slice(1)}; load average ${loadBefore.toFixed(1)} before the run. Load by ${generators.closed} (closed loop) and ${generators.open} (fixed rate), answers by ${backend}, uploads read by Node, all on this host over loopback. ${placed}`
}

function loadAverage(): number {
  try {
    return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
  } catch {
    return 0
  }
}
