import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runToEnd } from '../running-process.ts'
import { quantile } from '../statistics.ts'
import type { Load, LoadGenerator, LoadResult } from './load.ts'

/** It waits for ever when a server closes its connections. */
const GRACE_MS = 20_000

/** h2load of nghttp2 with HTTP/1.1: open loop; every request is logged, for true percentiles. */
export function h2load(folder: string): LoadGenerator {
  return {
    name: 'h2load',
    async run(load) {
      // It writes at the end of a file that exists.
      const log = join(folder, 'h2load.log')
      await rm(log, { force: true })
      const limitMs = load.seconds * 1000 + GRACE_MS
      await runToEnd({ program: 'h2load', args: h2loadArgs(load, log), cores: load.cores, limitMs })
      return parseH2loadLog(await readFile(log, 'utf8'), load.seconds)
    }
  }
}

/** The rate of `--rps` is that of each connection. */
export function h2loadArgs(load: Load, log: string): string[] {
  const { hosts, path, port, connections, seconds, rate = 0 } = load
  const size = ['-c', `${connections}`, '-D', `${seconds}`, '-t', '1', '-m', '1']
  const pace = ['--rps', (rate / connections).toFixed(4)]
  return [
    ...['--h1', ...size, ...pace, `--log-file=${log}`],
    ...['-H', `:authority: ${hosts[0] ?? 'localhost'}`, `http://127.0.0.1:${port}${path}`]
  ]
}

/** Lines of start, status and duration, separated by tabs; times are in microseconds. */
export function parseH2loadLog(log: string, seconds: number): LoadResult {
  const durations: number[] = []
  let errors = 0
  for (const line of log.split('\n')) {
    const [, status = '', duration = ''] = line.split('\t')
    if (duration === '') continue
    durations.push(Number(duration))
    if (!/^[23]\d\d$/.test(status)) errors++
  }
  const sorted = Float64Array.from(durations).sort()
  return {
    requests: durations.length,
    seconds,
    errors,
    p50Ms: quantile(sorted, 0.5) / 1000,
    p99Ms: quantile(sorted, 0.99) / 1000,
    p999Ms: quantile(sorted, 0.999) / 1000
  }
}
