import { Agent } from 'node:http'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { askDoor, type DoorAnswer, isOf } from './front-door-client.ts'

/**
 * How long after Marathon's event does the front door use the change? An event counts from its
 * arrival at a reader of the event stream of our own, beside the gateway.
 */
export interface Effects {
  /** From a task's first healthy event to its first answer through the front door. */
  readonly came: readonly Effect[]
  /** From a TASK_KILLING event to the sending of the last request that task answered; 0 ms at least. */
  readonly went: readonly Effect[]
  /** Tasks that became healthy and never answered. */
  readonly missing: readonly string[]
  readonly requests: number
  note(answer: DoorAnswer): void
  close(): Promise<void>
}

export interface Effect {
  readonly task: string
  readonly ms: number
  /** Changes under way at the event. */
  readonly under: readonly string[]
}

export interface EffectsOptions {
  readonly marathon: string
  readonly port: number
  /** Changes under way now. */
  readonly underWay: () => readonly string[]
  readonly onFailure: (app: string, answer: DoorAnswer) => void
}

interface Coming {
  readonly app: string
  readonly at: number
  readonly under: readonly string[]
}

const LIMIT_MS = 60_000
/** Leaves the processor to those who are measured. */
const PAUSE_MS = 2

/**
 * A new app has no route, then no task, before its first one comes. When that comes, HAProxy counts it a
 * moment before it can choose it, and says that none took the connection.
 */
const NOT_YET = new Set(['GW_NO_ROUTE', 'GW_NO_ENDPOINT', 'GW_UPSTREAM_REFUSED'])

export async function followEffects(options: EffectsOptions): Promise<Effects> {
  const { marathon, port, underWay, onFailure } = options
  const found = { came: [] as Effect[], missing: [] as string[] }
  const coming = new Map<string, Coming>()
  const known = new Set<string>()
  const answersSince = new Map<string, number>()
  /** The last request of a task that is killed comes later than the event or not at all. */
  const killed = new Map<
    string,
    { readonly at: number; readonly under: readonly string[]; ms: number }
  >()
  const over = new AbortController()
  let requests = 0

  function note({ task, sentAt, answeredAt }: DoorAnswer): void {
    if (task === undefined) return
    const end = killed.get(task)
    if (end !== undefined) end.ms = Math.max(end.ms, sentAt - end.at)
    for (const [instance, { app, at, under }] of coming) {
      if (!task.startsWith(instance)) continue
      coming.delete(instance)
      if (!answersSince.has(app)) answersSince.set(app, answeredAt)
      found.came.push({ task, ms: Math.max(0, answeredAt - at), under })
    }
  }

  /** Asks one app until the new task has answered, has been killed, or never will. */
  async function probe(instance: string, { app, at }: Coming): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    while (coming.has(instance) && !over.signal.aborted) {
      const answer = await askDoor(port, `${app}.test`, agent)
      requests += 1
      const isEarly = answer.sentAt <= (answersSince.get(app) ?? answer.sentAt)
      const mayFail = isEarly && NOT_YET.has(answer.code ?? '')
      if (!isOf(answer, app) && !mayFail) onFailure(app, answer)
      note(answer)
      if (performance.now() - at > LIMIT_MS && coming.delete(instance)) found.missing.push(instance)
      await sleep(PAUSE_MS)
    }
    agent.destroy()
  }

  function healthy(instance: string, at: number): void {
    if (known.has(instance)) return
    known.add(instance)
    const app = instance.split('.')[0] ?? ''
    const one = { app, at, under: underWay() }
    coming.set(instance, one)
    void probe(instance, one)
  }

  function take(event: Readonly<Record<string, unknown>>): void {
    const at = performance.now()
    const { eventType, taskStatus } = event
    if (eventType === 'instance_health_changed_event' && event['healthy'] === true) {
      healthy(String(event['instanceId']), at)
    }
    if (eventType !== 'status_update_event' || taskStatus === 'TASK_RUNNING') return
    const task = String(event['taskId'])
    if (taskStatus === 'TASK_KILLING') killed.set(task, { at, under: underWay(), ms: 0 })
    // One that goes before it has answered is no measure of anything.
    for (const instance of coming.keys()) if (task.startsWith(instance)) coming.delete(instance)
  }

  const events = await openEvents(marathon, over.signal, take)
  return {
    ...found,
    get requests() {
      return requests
    },
    get went() {
      return [...killed].map(([task, { ms, under }]) => ({ task, ms, under }))
    },
    note,
    async close() {
      over.abort()
      await events.ended
    }
  }
}

/** Resolves when the stream is open; what it brings is taken until the signal. */
async function openEvents(
  marathon: string,
  signal: AbortSignal,
  take: (event: Readonly<Record<string, unknown>>) => void
): Promise<{ readonly ended: Promise<void> }> {
  const headers = { accept: 'text/event-stream' }
  const answer = await fetch(`${marathon}/v2/events`, { headers, signal })
  if (answer.body === null) throw new Error('Marathon has no event stream')
  const lines = createInterface({ input: Readable.fromWeb(answer.body) })
  const read = async () => {
    for await (const line of lines) {
      if (line.startsWith('data:')) take(JSON.parse(line.slice(5)))
    }
  }
  const ended = read().catch((error: Error) => {
    if (!signal.aborted) throw error
  })
  return { ended }
}
