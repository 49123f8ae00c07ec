import { join } from 'node:path'
import { runToEnd } from '../running-process.ts'
import type { Load, LoadGenerator, LoadResult } from './load.ts'

const program = join(import.meta.dirname, '../node-peers/node_modules/autocannon/autocannon.js')

/** autocannon: slower than any proxy in C, and its times are whole milliseconds. For want of better. */
export const autocannon: LoadGenerator = {
  name: 'autocannon',
  async run(load) {
    const { cores } = load
    const args = [program, ...autocannonArgs(load)]
    return parseAutocannon(await runToEnd({ program: process.execPath, args, cores }))
  }
}

export function autocannonArgs(load: Load): string[] {
  const { hosts, path, port, connections, seconds, rate, method, uploadBytes } = load
  return [
    ...['--json', '-c', `${connections}`, '-d', `${seconds}`, '-t', '30', '-m', method],
    ...(rate === undefined ? [] : ['-R', `${rate}`]),
    ...(uploadBytes > 0 ? ['-b', 'x'.repeat(Math.min(uploadBytes, LONGEST_ARGUMENT))] : []),
    ...['-H', `Host=${hosts[0] ?? 'localhost'}`, `http://127.0.0.1:${port}${path}`]
  ]
}

/** Linux takes no longer one: 128 KiB with its end (execve(2)). */
const LONGEST_ARGUMENT = 131_000

/** @throws Error when the output is no result */
export function parseAutocannon(output: string): LoadResult {
  const { latency, requests, duration, errors, timeouts, non2xx } = JSON.parse(output) as {
    readonly latency: Readonly<Record<'p50' | 'p99' | 'p99_9', number>>
    readonly requests: { readonly total: number }
    readonly duration: number
    readonly errors: number
    readonly timeouts: number
    readonly non2xx: number
  }
  return {
    requests: requests.total,
    seconds: duration,
    errors: errors + timeouts + non2xx,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    p999Ms: latency.p99_9
  }
}
