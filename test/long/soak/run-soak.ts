import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from '../../../bench/free-ports.ts'
import { NODE_FLAGS } from '../../../bench/node-flags.ts'
import { startBuiltGateway } from '../../support/built-gateway.ts'
import type { ClientsNews, ClientsOrder, MarathonOrder } from './soak-messages.ts'

export interface SoakOptions {
  readonly requests: number
  readonly changes: number
  readonly lane: 'wire' | 'full'
  /** Changes per second. */
  readonly pace: number
  /** Requests per second; 0: as many as are answered. */
  readonly rate: number
  readonly sampleEveryMs: number
  readonly onSample: (sample: Sample, soFar: SoFar) => void
}

export interface SoFar {
  readonly requests: number
  readonly changes: number
  readonly faults: number
  readonly lastFault?: string
}

/** What the gateway holds after a collection, bytes, and how many descriptors. */
export interface Sample {
  /** Of the whole run, 0 to 1. */
  readonly progress: number
  readonly rss: number
  readonly held: number
  readonly descriptors: number
}

export interface Soak extends SoFar {
  readonly seconds: number
  readonly samples: readonly Sample[]
}

const APPS = 20
const CONNECTIONS = 64

/** Requests and changes until there were enough of both; what the gateway holds is sampled all the time. */
export async function runSoak(options: SoakOptions): Promise<Soak> {
  const children: ChildProcess[] = []
  const start = (name: string) => {
    const child = fork(new URL(`./${name}.ts`, import.meta.url), {
      execArgv: ['--import', import.meta.resolve('tsx')]
    })
    children.push(child)
    return child
  }
  const backend = await messageOf<{ readonly port: number }>(start('backend-main'))
  const marathon = start('marathon-main')
  marathon.send({
    apps: APPS,
    backendPort: backend.port,
    rate: options.pace
  } satisfies MarathonOrder)
  const { url } = await messageOf<{ readonly url: string }>(marathon)
  const [port = 0, admin = 0] = await freePorts(2)
  const gateway = await startBuiltGateway({
    nodeOptions: [...NODE_FLAGS, '--expose-gc'],
    config: {
      marathon: { urls: [url] },
      proxy: { host: '127.0.0.1', port, lane: options.lane },
      admin: { port: admin },
      shutdown: { delay: '0ms', timeout: '2s' },
      log: { level: 'error' },
      plugins: [{ path: join(import.meta.dirname, 'memory-plugin.mjs') }]
    }
  })
  try {
    const { rate } = options
    const clients = start('clients-main')
    clients.send({ port, apps: APPS, connections: CONNECTIONS, rate } satisfies ClientsOrder)
    return await sampleUntilEnough(options, gateway.admin, { marathon, clients })
  } finally {
    await gateway.stop()
    for (const child of children) child.kill('SIGKILL')
  }
}

async function sampleUntilEnough(
  { requests, changes, sampleEveryMs, onSample }: SoakOptions,
  admin: string,
  { marathon, clients }: { readonly marathon: ChildProcess; readonly clients: ChildProcess }
): Promise<Soak> {
  const beganAt = performance.now()
  let made = 0
  let news: ClientsNews = { answers: 0, faults: 0 }
  marathon.on('message', (message) => {
    made = (message as { readonly changes: number }).changes
  })
  clients.on('message', (message) => {
    news = message as ClientsNews
  })
  const soFar = (): SoFar => {
    const { answers, ...faults } = news
    return { requests: answers, changes: made, ...faults }
  }
  const samples: Sample[] = []
  let progress = 0
  while (progress < 1) {
    await sleep(sampleEveryMs)
    progress = Math.min(1, news.answers / requests, made / changes)
    const answer = await fetch(`${admin}/soak`)
    const held = (await answer.json()) as Omit<Sample, 'progress'>
    const sample = { ...held, progress }
    samples.push(sample)
    onSample(sample, soFar())
  }
  return { ...soFar(), seconds: (performance.now() - beganAt) / 1_000, samples }
}

async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, 'message')
  return message as Message
}
