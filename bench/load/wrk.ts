import { join } from 'node:path'
import { runToEnd } from '../running-process.ts'
import type { Load, LoadGenerator, LoadResult } from './load.ts'

const script = join(import.meta.dirname, 'wrk-report.lua')
/** One thread is faster than any proxy here, and leaves the other cores alone. */
const THREADS = 1

/** wrk: closed loop, with percentiles by a script of ours. */
export const wrk: LoadGenerator = {
  name: 'wrk',
  async run(load) {
    const output = await runToEnd({ program: 'wrk', args: wrkArgs(load), cores: load.cores })
    return parseWrkReport(output)
  }
}

export function wrkArgs(load: Load): string[] {
  const { hosts, path, port, connections, seconds, method, uploadBytes } = load
  const size = ['-t', `${THREADS}`, '-c', `${connections}`, '-d', `${seconds}s`, '--timeout', '30s']
  return [
    ...size,
    ...['-H', `Host: ${hosts[0] ?? 'localhost'}`, '-s', script, `http://127.0.0.1:${port}${path}`],
    ...['--', method, `${uploadBytes}`],
    ...(hosts.length > 1 ? hosts : [])
  ]
}

/**
 * Reads the line that the script writes.
 *
 * @throws Error when it isn't there: wrk was ended, or is another program
 */
export function parseWrkReport(output: string): LoadResult {
  const line = /^REPORT (\{.*\})$/m.exec(output)?.[1]
  if (line === undefined) throw new Error(`wrk gave no report: ${output.trim().slice(-200)}`)
  const report = JSON.parse(line) as Readonly<Record<string, number>>
  const value = (name: string) => report[name] ?? Number.NaN
  return {
    requests: value('requests'),
    seconds: value('durationUs') / 1e6,
    errors: ['connect', 'read', 'write', 'timeout', 'status']
      .map(value)
      .reduce((sum, count) => sum + count, 0),
    p50Ms: value('p50') / 1000,
    p99Ms: value('p99') / 1000,
    p999Ms: value('p999') / 1000
  }
}
