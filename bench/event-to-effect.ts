import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { freePorts } from './free-ports.ts'
import { NODE_FLAGS } from './node-flags.ts'
import { oneOf, readWords, wholeNumber } from './read-words.ts'

const HELP = `How long after Marathon's event does the first request use the change?

  npm run bench:effect -- [changes] [--plane proxy|haproxy|both]

Runs the demo as a stranger would, scales the sample app up and down through Marathon's API, reads
Marathon's event stream itself, and sends requests one after the other through the front door.
A task that came: from its first healthy event to its first answer. A task that goes: from its
TASK_KILLING event to the last request that was sent to it (0 when there was none).
`

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: { plane: { type: 'string', default: 'proxy' } }
})
const CHANGES = wholeNumber('changes', positionals[0] ?? '200')
const PLANE = oneOf('--plane', values.plane, ['proxy', 'haproxy', 'both'])
const SMALL = 2
/** HAProxy is told of a change; the gateway itself has it in the table. */
const GOAL_MS = PLANE === 'proxy' ? 50 : 100
const PROGRESS_EVERY = 20
const LIMIT_MS = 30_000

interface MarathonEvent {
  readonly type: string
  /** Task or instance id. */
  readonly id: string
  readonly state: unknown
  /** `performance.now()` at its arrival. */
  readonly at: number
}

/** When requests were sent to a task, and when it answered first. */
interface Sighting {
  firstAnswer: number
  lastSent: number
}

const ports = await freePorts(3)
const [port = 0, adminPort = 0, marathonPort = 0] = ports
const marathon = `http://127.0.0.1:${marathonPort}`
const events: MarathonEvent[] = []
const sightings = new Map<string, Sighting>()
let failed = 0
let sent = 0
let running = true
let slowestMs = 0

const demo = await startDemo()
const agent = new Agent({ connections: 1, bodyTimeout: 0 })
const following = followEvents()
const asking = ask()
try {
  const changes = await measure(CHANGES)
  report(timesOf(changes, 'came'), timesOf(changes, 'went'))
} finally {
  running = false
  await asking
  demo.kill('SIGINT')
  await once(demo, 'exit')
  await agent.destroy()
  await following.catch(() => undefined)
}

interface Change {
  readonly kind: 'came' | 'went'
  readonly ms: number
}

function timesOf(changes: readonly Change[], kind: Change['kind']): number[] {
  return changes.filter((change) => change.kind === kind).map(({ ms }) => ms)
}

async function measure(changes: number): Promise<Change[]> {
  const results: Change[] = []
  for (let i = 0; i < changes; i++) {
    const up = i % 2 === 0
    const from = events.length
    await scale(up ? SMALL + 1 : SMALL)
    const event = await nextEvent(from, up ? isHealthy : isKilling)
    results.push(up ? await arrival(event) : await departure(event))
    if ((i + 1) % PROGRESS_EVERY === 0) console.log(`${i + 1} of ${changes} changes`)
  }
  return results
}

async function arrival(event: MarathonEvent): Promise<Change> {
  const sighting = await until(() => sightingOf(event.id), 'the new task answers')
  await deploymentsEnd()
  return { kind: 'came', ms: Math.max(0, sighting.firstAnswer - event.at) }
}

async function departure(event: MarathonEvent): Promise<Change> {
  await deploymentsEnd()
  return { kind: 'went', ms: Math.max(0, (sightingOf(event.id)?.lastSent ?? 0) - event.at) }
}

function isHealthy({ type, state }: MarathonEvent): boolean {
  return type === 'instance_health_changed_event' && state === true
}

function isKilling({ type, state }: MarathonEvent): boolean {
  return type === 'status_update_event' && state === 'TASK_KILLING'
}

/** Task ids continue instance ids. */
function sightingOf(id: string): Sighting | undefined {
  for (const [task, sighting] of sightings) if (task.startsWith(id)) return sighting
  return undefined
}

/** One request after the other; the pause leaves the processor to those who are measured. */
async function ask(): Promise<void> {
  while (running) {
    await wait(1)
    const begin = performance.now()
    sent++
    try {
      const answer = await request(`http://127.0.0.1:${port}/`, {
        dispatcher: agent,
        headers: { host: 'myapp.local' }
      })
      const text = await answer.body.text()
      slowestMs = Math.max(slowestMs, performance.now() - begin)
      const task = /\(task ([^)]+)\)/.exec(text)?.[1]
      if (answer.statusCode === 200 && task !== undefined) note(task, begin)
      else failed++
    } catch {
      failed++
    }
  }
}

function note(task: string, begin: number): void {
  const known = sightings.get(task)
  if (known === undefined) {
    sightings.set(task, { firstAnswer: performance.now(), lastSent: begin })
  } else known.lastSent = begin
}

async function followEvents(): Promise<void> {
  const answer = await request(`${marathon}/v2/events`, {
    headers: { accept: 'text/event-stream' },
    bodyTimeout: 0
  })
  for await (const line of createInterface({ input: answer.body })) {
    if (!line.startsWith('data:')) continue
    const at = performance.now()
    const event = JSON.parse(line.slice(5)) as Record<string, unknown>
    events.push({
      type: String(event['eventType']),
      id: String(event['taskId'] ?? event['instanceId'] ?? ''),
      state: event['healthy'] ?? event['taskStatus'],
      at
    })
  }
}

async function nextEvent(
  from: number,
  fits: (event: MarathonEvent) => boolean
): Promise<MarathonEvent> {
  return until(() => events.slice(from).find(fits), 'the event comes')
}

async function scale(instances: number): Promise<void> {
  const answer = await request(`${marathon}/v2/apps/myapp?force=true`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ instances })
  })
  await answer.body.dump()
}

async function deploymentsEnd(): Promise<void> {
  await until(async () => {
    const answer = await request(`${marathon}/v2/deployments`)
    const list = (await answer.body.json()) as unknown[]
    return list.length === 0 ? true : undefined
  }, 'the deployment ends')
}

async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: string) {
  const end = performance.now() + LIMIT_MS
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${LIMIT_MS / 1000} s until ${what}`)
    await wait(5)
  }
}

async function startDemo() {
  const flags = ['--port', port, '--admin-port', adminPort, '--marathon-port', marathonPort]
  const size = ['--instances', SMALL, '--plane', PLANE]
  const words = ['dist/cli/main.js', 'demo', ...flags, ...size].map(String)
  const child = spawn(process.execPath, [...NODE_FLAGS, ...words], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error('the demo ended')
    const url = `http://127.0.0.1:${port}/`
    const answer = await request(url, { headers: { host: 'myapp.local' } }).catch(() => undefined)
    await answer?.body.dump()
    return answer?.statusCode === 200 ? true : undefined
  }, 'the demo answers')
  child.stdout.resume()
  return child
}

function report(came: readonly number[], went: readonly number[]): void {
  const rows = [
    ['task came', came],
    ['task goes', went],
    ['all', [...came, ...went]]
  ] as const
  console.log(`\nms from Marathon's event to the first request that uses it`)
  console.log('change      n     p50     p90     p99     max')
  for (const [name, values] of rows) {
    const figures = [0.5, 0.9, 0.99, 1].map((q) => quantile(values, q).toFixed(1).padStart(8))
    console.log(`${name.padEnd(9)}${String(values.length).padStart(4)}${figures.join('')}`)
  }
  console.log(`\n${sent} requests, ${failed} failed, the slowest took ${slowestMs.toFixed(1)} ms`)
  const p99 = quantile([...came, ...went], 0.99)
  console.log(
    `plane ${PLANE}: p99 ${p99.toFixed(1)} ms, goal under ${GOAL_MS} ms: ${p99 < GOAL_MS ? 'reached' : 'missed'}`
  )
  if (p99 >= GOAL_MS || failed > 0) process.exitCode = 1
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}
