import type { Command } from 'commander'
import type { Config } from '../gateway/config/load-config.ts'
import type { GatewayHost } from '../gateway/plugin.ts'
import {
  type CompareOptions,
  type Comparison,
  comparePlanes
} from '../plugins/haproxy/agreement/compare.ts'
import { type CorpusRequest, corpusOf } from '../plugins/haproxy/agreement/corpus.ts'
import { plainHost } from '../plugins/haproxy/agreement/plain-host.ts'
import { recordedHeads, recordedTarget } from '../plugins/haproxy/agreement/recorded-heads.ts'
import { sampleTable } from '../plugins/haproxy/agreement/sample-table.ts'
import { mostStandIns } from '../plugins/haproxy/agreement/stand-ins.ts'
import type { ProxyOptions } from '../plugins/proxy/options.ts'
import { CommandError, type Context } from './context.ts'
import { lookConfig } from './look-options.ts'
import { readTableOnce } from './read-table-once.ts'
import { requireSource } from './run.ts'
import { listenForStop } from './stop-signal.ts'
import { renderVerification, type Verification, verificationJson } from './verify-report.ts'
import { openVerifyStage, type VerifyStage } from './verify-stage.ts'
import { wholeNumber } from './whole-number.ts'

export const verifyExamples = [
  'verify --marathon http://marathon:8080',
  'verify --config gateway.yaml --count 50000 --seed 7',
  'verify --marathon http://marathon:8080 --haproxy-binary /opt/haproxy/sbin/haproxy --json'
]

interface Options {
  readonly marathon?: string
  readonly domain?: string
  readonly config?: string
  readonly haproxyBinary?: string
  readonly count: number
  readonly seed: number
  readonly json?: boolean
}

const PROGRESS_MS = 2000
/** More would only say the same again. */
const MOST_DIFFERENCES = 1000

/** Whether both planes do the same with a cluster's own table. */
export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .summary('prove that both planes treat every request alike')
    .description(
      'Reads Marathon once, starts the proxy plane and a real HAProxy on the loopback address, in front of stand-ins for all tasks, sends the same requests through both and compares what the stand-ins saw. No request reaches a task. Exit code 1 when anything differs.'
    )
    .option('--marathon <list>', 'the Marathon to read')
    .option('--domain <list>', 'domains of apps without a label')
    .option('-c, --config <file>', 'configuration file of the gateway')
    .option('--haproxy-binary <file>', 'the program haproxy, by name or path')
    .option('--count <number>', 'how many requests', wholeNumber(1, 100_000), 5000)
    .option('--seed <number>', 'same seed and table: same requests', wholeNumber(0, 999_999_999), 1)
    .option('--json', 'JSON, for machines')
    .action((options: Options) => verify(options, context))
}

async function verify(options: Options, context: Context): Promise<void> {
  const config = await lookConfig(options, context)
  requireSource(config)
  const verification = await readTableOnce(config, context, (host) =>
    verifyTable(host, { config, options, context })
  )
  const front = frontOf(config)
  const address = { host: front.host || '127.0.0.1', port: front.port || 80 }
  if (options.json === true) context.out(JSON.stringify(verificationJson(verification), null, 2))
  else for (const line of renderVerification(verification, address)) context.out(line)
  const { differences, compared } = verification
  if (differences.length > 0) {
    throw new CommandError([`the planes differ in ${differences.length} of ${compared} requests`])
  }
  if (options.json !== true) context.out('\nThe planes agree.')
}

function frontOf({ sections }: Config): ProxyOptions {
  return sections['proxy'] as ProxyOptions
}

interface Task {
  readonly config: Config
  readonly options: Options
  readonly context: Context
}

async function verifyTable(
  { table: whole, parts, log }: GatewayHost,
  { config, options, context }: Task
): Promise<Verification> {
  const { seed, count } = options
  const { table, hosts, allHosts } = sampleTable(whole, await mostStandIns(), seed)
  const { binary } = config.sections['haproxy'] as { binary: string }
  const stop = listenForStop()
  try {
    const stage = await openVerifyStage({
      table,
      parts,
      log,
      front: frontOf(config),
      haproxy: binary
    })
    try {
      const { notPortable } = stage
      const { requests, skipped } = corpusOf(stage.table, { seed, count, notPortable })
      const all = [...requests, ...recordedRequests(stage)]
      const comparison = await compare(all, stage, stop.signal, context)
      const facts = { seed, routes: table.routes.size, hosts, allHosts, skipped }
      return { ...comparison, ...facts }
    } finally {
      await stage.close()
    }
  } finally {
    stop.release()
  }
}

function recordedRequests({ table, notPortable }: VerifyStage): readonly CorpusRequest[] {
  const host = plainHost(table, notPortable, recordedTarget)
  return host === undefined ? [] : recordedHeads(host).map((head) => ({ head, services: [] }))
}

/** What differs is asked again, request by request: a hiccup of a busy machine is no difference. */
async function compare(
  requests: readonly CorpusRequest[],
  stage: VerifyStage,
  stopped: AbortSignal,
  { err }: Context
): Promise<Comparison> {
  let told = performance.now()
  const onProgress = (done: number): void => {
    const now = performance.now()
    if (now - told < PROGRESS_MS) return
    told = now
    err(`${done} of ${requests.length} requests`)
  }
  const options: CompareOptions = {
    ...stage,
    mostDifferences: MOST_DIFFERENCES,
    signal: AbortSignal.any([stopped, stage.haproxyEnded])
  }
  const comparison = await comparePlanes(requests, { ...options, onProgress })
  const doubtful = comparison.differences.map(({ request }) => request)
  const again = await comparePlanes(doubtful, { ...options, connections: 1 })
  if (stopped.aborted) throw new CommandError(['stopped before the end'])
  stage.haproxyEnded.throwIfAborted()
  return { ...comparison, differences: again.differences }
}
