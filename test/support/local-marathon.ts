import { request as httpRequest } from 'node:http'
import type { TestContext } from 'node:test'
import {
  createLocalMarathon,
  type LocalMarathon,
  type LocalMarathonOptions
} from '../../src/local-marathon/create-local-marathon.ts'
import { eventually } from './eventually.ts'

/** Only against hangs: a busy machine may take its time. */
export const HANG_MS = 30_000

/** Starts a local Marathon on a free port; it closes with the test. */
export async function localMarathon(
  t: TestContext,
  options: LocalMarathonOptions = {}
): Promise<LocalMarathon> {
  const marathon = await createLocalMarathon({ port: 0, ...options })
  t.after(() => marathon.close())
  return marathon
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: tests read foreign JSON freely
  readonly json: any
}

/** One request with an optional JSON body. */
export async function call(
  url: string,
  path: string,
  options: { method?: string; body?: unknown; headers?: Record<string, string> } = {}
): Promise<Answer> {
  const { method = 'GET', body, headers = {} } = options
  const answer = await fetch(url + path, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(HANG_MS),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Waits until no deployment runs. */
export function settled(url: string): Promise<true> {
  return eventually('deployments end', async () => {
    const { json } = await call(url, '/v2/deployments')
    return json.length === 0
  })
}

export interface RecordedEvent {
  readonly eventType: string
  readonly [field: string]: unknown
}

export interface EventRecorder {
  readonly events: RecordedEvent[]
  /** What came over the wire, heartbeats included. */
  raw(): string
  /** Sizes of the chunks as they came. */
  readonly chunks: string[]
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly closed: boolean
  stop(): void
}

/** Opens the event stream and keeps what it brings. */
export function recordEvents(t: TestContext, url: string, query = ''): Promise<EventRecorder> {
  return new Promise((resolve, reject) => {
    const chunks: string[] = []
    const state = { closed: false }
    const request = httpRequest(`${url}/v2/events${query}`, {
      agent: false,
      headers: { accept: 'text/event-stream' }
    })
    request.on('error', reject)
    request.on('response', (response) => {
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => chunks.push(chunk))
      response.on('close', () => {
        state.closed = true
      })
      response.on('error', () => undefined)
      resolve({
        get events() {
          return eventsIn(chunks.join(''))
        },
        raw: () => chunks.join(''),
        chunks,
        headers: response.headers,
        get closed() {
          return state.closed
        },
        stop: () => request.destroy()
      })
    })
    t.after(() => request.destroy())
    request.end()
  })
}

function eventsIn(raw: string): RecordedEvent[] {
  return raw.split('\r\n\r\n').flatMap((block) => {
    const lines = block.split('\r\n').filter((line) => line.startsWith('data: '))
    return lines.flatMap((line) => {
      const event = parse(line.slice('data: '.length))
      return event === undefined ? [] : [event as RecordedEvent]
    })
  })
}

/** A definition that any runner takes. */
export function appBody(overrides: Readonly<Record<string, unknown>> = {}) {
  return { id: '/shop', cmd: 'sleep 1000', cpus: 0.1, mem: 16, ...overrides }
}

/** Creates an app and waits for the end of its deployment. */
export async function startApp(url: string, overrides: Readonly<Record<string, unknown>> = {}) {
  const answer = await call(url, '/v2/apps', { method: 'POST', body: appBody(overrides) })
  if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`)
  await settled(url)
  return answer
}

/** True while a process, or any of its group when negative, exists. */
export function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
