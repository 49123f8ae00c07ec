import type { Readable } from 'node:stream'
import { Agent, type Dispatcher } from 'undici'
import {
  type Answer,
  type CarriedAnswer,
  type Carrier,
  discard,
  MAX_SMALL_BYTES,
  type OpenCarrier,
  parseJson,
  readAnswer,
  readOrCarry,
  redirectOf,
  redirectTarget
} from './answer.ts'
import { type Credentials, createAuthorizer } from './authorizer.ts'
import { isBrokenConnection } from './failure.ts'
import type { Node, Nodes } from './nodes.ts'
import { fieldsOf } from './read-values.ts'

export interface ClientOptions {
  readonly nodes: Nodes
  readonly userAgent: string
  readonly credentials: Credentials | undefined
  /** PEM of the CA that signed Marathon's certificate. */
  readonly ca: string | undefined
  readonly insecureSkipVerify: boolean
  readonly connectTimeoutMs: number
  readonly maxAnswerBytes: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface MarathonClient {
  /** Reads a whole answer, whatever its status. @throws Error */
  get(node: Node, path: string, timeoutMs: number): Promise<Answer>
  /** The same; a large answer of status 200 goes to a carrier. @throws Error */
  getOrCarry<C extends Carrier>(
    node: Node,
    path: string,
    timeoutMs: number,
    open: OpenCarrier<C>
  ): Promise<Answer | CarriedAnswer<C>>
  /** Opens the event stream at a node; ends with the signal. @throws Error */
  open(node: Node, path: string, signal: AbortSignal): Promise<Readable>
  /** Breaks off whatever is running. */
  close(): Promise<void>
}

const MAX_REDIRECTS = 2
/** To one node: a read, the event stream, and a few reads of single apps. */
const MAX_CONNECTIONS = 8
/** Longest pause within a body, ms. */
const BODY_IDLE_MS = 10_000

interface Ask {
  /** Who vouches for the leader a redirect names. */
  readonly via: Node
  readonly accept: string
  readonly signal: AbortSignal
  readonly bodyIdleMs: number
}

/** The one place that speaks HTTP with Marathon: time and size limits, redirects, credentials. */
export function createClient(options: ClientOptions): MarathonClient {
  const agent = new Agent({
    connections: MAX_CONNECTIONS,
    connect: {
      timeout: options.connectTimeoutMs,
      rejectUnauthorized: !options.insecureSkipVerify,
      ...(options.ca === undefined ? {} : { ca: options.ca })
    }
  })
  const nodes = options.nodes.order()
  const knownHosts = new Set(nodes.map((node) => hostAndPort(node.url)))
  const onlyHttps = nodes.every((node) => node.url.protocol === 'https:')
  const authorizer = createAuthorizer(options.credentials, postJson, options.now)

  async function ask<Read>(
    node: Node,
    path: string,
    timeoutMs: number,
    read: (response: Dispatcher.ResponseData) => Promise<Read>
  ): Promise<Read | Answer> {
    const sentence = `no complete answer within ${timeoutMs / 1000} s`
    return within(timeoutMs, sentence, async (signal) => {
      const ask = { via: node, accept: 'application/json', signal, bodyIdleMs: BODY_IDLE_MS }
      const response = await follow(new URL(node.base + path), ask)
      if (response.statusCode === 200) return read(response)
      return readAnswer(response, MAX_SMALL_BYTES).catch(() => {
        return { status: response.statusCode, body: Buffer.alloc(0) }
      })
    })
  }

  async function open(node: Node, path: string, signal: AbortSignal): Promise<Readable> {
    const ask = { via: node, accept: 'text/event-stream', signal, bodyIdleMs: 0 }
    const response = await follow(new URL(node.base + path), ask)
    const type = String(response.headers['content-type'] ?? '')
    if (response.statusCode === 200 && type.startsWith('text/event-stream')) return response.body
    await discard(response)
    throw new Error(streamRefusal(response.statusCode, type))
  }

  /** Follows redirects; credentials go to known hosts alone (marathon-api §12). */
  async function follow(target: URL, ask: Ask): Promise<Dispatcher.ResponseData> {
    let url = target
    for (let redirects = 0; ; redirects++) {
      const response = await authorized(url, ask, redirects > 0)
      const location = redirectOf(response)
      if (location === undefined) return response
      await discard(response)
      if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`)
      url = redirectTarget(location, url)
    }
  }

  /** A 401 makes the login new once; a second one is the answer. */
  async function authorized(
    url: URL,
    ask: Ask,
    redirected: boolean
  ): Promise<Dispatcher.ResponseData> {
    const trusted = !redirected || options.credentials === undefined || (await isKnown(url, ask))
    const header = trusted ? await authorizer.header() : undefined
    const response = await send(url, ask, header)
    if (response.statusCode !== 401 || !trusted || !authorizer.refused(header)) return response
    await discard(response)
    return send(url, ask, await authorizer.header())
  }

  async function isKnown(url: URL, ask: Ask): Promise<boolean> {
    if (onlyHttps && url.protocol !== 'https:') return false
    if (knownHosts.has(hostAndPort(url))) return true
    return (await leaderAt(ask)) === hostAndPort(url)
  }

  /** The leader as the node names it; it changes, so it is asked for when needed. */
  async function leaderAt(ask: Ask): Promise<string | undefined> {
    const url = new URL(`${ask.via.base}/v2/leader`)
    const response = await send(
      url,
      { ...ask, accept: 'application/json' },
      await authorizer.header()
    )
    const answer = await readAnswer(response, MAX_SMALL_BYTES)
    const leader = fieldsOf(parseJson(answer.body))?.['leader']
    const leaderUrl = `http://${String(leader)}`
    return URL.canParse(leaderUrl) ? hostAndPort(new URL(leaderUrl)) : undefined
  }

  /** GET is tried once more when the connection breaks before an answer: Jetty closes idle ones after 30 s. */
  async function send(
    url: URL,
    ask: Ask,
    authorization: string | undefined
  ): Promise<Dispatcher.ResponseData> {
    const request: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: {
        accept: ask.accept,
        'user-agent': options.userAgent,
        ...(ask.bodyIdleMs === 0 ? {} : { 'accept-encoding': 'gzip' }),
        ...(authorization === undefined ? {} : { authorization })
      },
      signal: ask.signal,
      headersTimeout: 0,
      bodyTimeout: ask.bodyIdleMs
    }
    return agent.request(request).catch((error: unknown) => {
      if (!isBrokenConnection(error) || ask.signal.aborted) throw error
      return agent.request(request)
    })
  }

  async function postJson(
    endpoint: string,
    body: object
  ): Promise<{ status: number; body: unknown }> {
    const url = loginUrl(endpoint)
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': options.userAgent },
      body: JSON.stringify(body),
      headersTimeout: BODY_IDLE_MS,
      bodyTimeout: BODY_IDLE_MS
    })
    const answer = await readAnswer(response, MAX_SMALL_BYTES)
    return { status: answer.status, body: parseJson(answer.body) }
  }

  const { maxAnswerBytes } = options
  return {
    get: (node, path, timeoutMs) =>
      ask(node, path, timeoutMs, (response) => readAnswer(response, maxAnswerBytes)),
    getOrCarry: (node, path, timeoutMs, open) =>
      ask(node, path, timeoutMs, (response) => readOrCarry(response, maxAnswerBytes, open)),
    open,
    close: () => agent.destroy()
  }
}

async function within<T>(
  ms: number,
  sentence: string,
  work: (signal: AbortSignal) => Promise<T>
): Promise<T> {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error(sentence)), ms)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

function loginUrl(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new Error('the login endpoint is no http or https URL')
}

function streamRefusal(status: number, type: string): string {
  if (status === 200) return `the event stream has the content type "${type}"`
  if (status === 405) {
    return 'the event stream was refused with status 405: something on the way changes the header Accept, which must be exactly text/event-stream'
  }
  if (status === 401 || status === 403) {
    return `the event stream was refused with status ${status}: the credentials are missing or not sufficient`
  }
  return `the event stream was answered with status ${status}`
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`
}
