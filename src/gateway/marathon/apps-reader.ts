import { type Answer, NO_JSON, parseJson } from './answer.ts'
import type { Part } from './app-text.ts'
import { createAppsList, type ShareApp } from './apps-list.ts'
import type { AppsThread, ThreadedAnswer } from './apps-thread.ts'
import type { Content } from './apps-thread-messages.ts'
import type { MarathonClient } from './client.ts'
import { reasonOf } from './failure.ts'
import type { AppRead, FullRead } from './known-apps.ts'
import type { Node, Nodes } from './nodes.ts'
import { createOldDefinitions } from './old-definitions.ts'
import { fieldsOf } from './read-values.ts'
import {
  type Definition,
  NO_APP,
  type ParsedApp,
  parseApp,
  parseApps,
  parseDefinition
} from './schema.ts'
import { createWholeApps } from './whole-apps.ts'

export interface ReaderOptions {
  readonly source: string
  readonly client: MarathonClient
  readonly nodes: Nodes
  /** Reads what is large. */
  readonly thread: AppsThread
  readonly requestTimeoutMs: number
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Monotonic, ms. */
  readonly clockNow: () => number
}

export interface AnswerSize {
  /** Unpacked. */
  readonly bytes: number
  /** From the request to the last byte, at the node that gave the answer, ms. */
  readonly tookMs: number
}

/** Reads apps with their tasks. One node after the other is asked until one gives a usable answer. */
export interface AppsReader {
  /**
   * @param share asked for each app that may have changed
   * @param elsewhere at another node than the last one, if there is one
   * @throws Error that says for each node why it gave no information
   */
  readAll(share: ShareApp, elsewhere?: boolean): Promise<FullRead & AnswerSize>
  /** One app alone, for clusters whose full answer is big. @throws Error as above */
  readOne(id: string): Promise<AppRead>
}

const ALL = '/v2/apps?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness'
const ONE = 'embed=app.tasks&embed=app.deployments&embed=app.readiness'
/** For a node that has not answered before, while there are others to ask, ms. */
const FIRST_ANSWER_MS = 10_000
const DEFINITION_MS = 5000

export function createAppsReader(options: ReaderOptions): AppsReader {
  const { client, nodes, source, thread } = options
  const complete = createOldDefinitions(readDefinition)
  const list = createAppsList(complete)

  /** Those who `understand` throw when the answer is no information. */
  async function fromAnyNode<T>(
    content: Content,
    path: string,
    understand: {
      small(answer: Answer): T
      large(answer: ThreadedAnswer): Promise<T>
    }
  ): Promise<T & { readonly tookMs: number }> {
    const reasons: string[] = []
    const order = nodes.order()
    for (const node of order) {
      try {
        const startedAt = options.clockNow()
        const limitMs = timeoutMs(node, order.length)
        const answer = await client.getOrCarry(node, path, limitMs, (packed) =>
          thread.open(content, packed)
        )
        const tookMs = options.clockNow() - startedAt
        const value =
          'carrier' in answer ? await understand.large(answer.carrier) : understand.small(answer)
        nodes.worked(node)
        return { ...value, tookMs }
      } catch (error) {
        nodes.failed(node)
        reasons.push(`${node.base}: ${reasonOf(error)}`)
      }
    }
    throw new Error(reasons.join('; '))
  }

  function timeoutMs(node: Node, nodeCount: number): number {
    const patient = nodeCount === 1 || nodes.isTrusted(node)
    return patient ? options.requestTimeoutMs : Math.min(FIRST_ANSWER_MS, options.requestTimeoutMs)
  }

  async function readDefinition(id: string, version: string): Promise<Definition | undefined> {
    const path = `/v2/apps/${pathOf(id)}/versions/${encodeURIComponent(version)}`
    const [node] = nodes.order()
    if (node === undefined) return undefined
    const answer = await client.get(node, path, DEFINITION_MS)
    if (answer.status === 404) return undefined
    return parseDefinition(jsonOf(answer))
  }

  function readList(share: ShareApp) {
    return fromAnyNode('all', ALL, {
      small(answer) {
        const parsed = parseApps(jsonOf(answer), source)
        if ('invalid' in parsed) throw new Error(parsed.invalid)
        thread.forget()
        list.begin(true, share)
        list.take(parsed.apps.map((app) => ({ app, problems: [] })))
        return { gone: [], problems: parsed.problems, bytes: answer.body.length }
      },
      large: (answer) => answer.read((anew) => list.begin(anew, share), list.take)
    })
  }

  function readApp(id: string): Promise<ParsedApp> {
    return fromAnyNode('one', `/v2/apps/${pathOf(id)}?${ONE}`, {
      small(answer): ParsedApp {
        if (isGone(answer)) return { problems: [] }
        const app = fieldsOf(jsonOf(answer))?.['app']
        if (fieldsOf(app) === undefined) throw new Error(NO_APP)
        return parseApp(app, source)
      },
      async large(answer): Promise<ParsedApp> {
        const whole = createWholeApps()
        const take = (parts: readonly Part[]) => {
          for (const part of parts) whole.take(part)
        }
        const { problems } = await answer.read(() => {}, take)
        return whole.end() ?? { problems }
      }
    })
  }

  return {
    async readAll(share, elsewhere = false) {
      if (elsewhere) nodes.turn()
      const takenAt = options.now()
      const { gone, problems, bytes, tookMs } = await readList(share)
      return { ...(await list.end({ gone, problems })), takenAt, bytes, tookMs }
    },

    async readOne(id) {
      const takenAt = options.now()
      const { app, problems } = await readApp(id)
      if (app === undefined) return { id, problems, takenAt }
      return { id, app: await complete(app), problems, takenAt }
    }
  }
}

/** Segments of the id, each encoded, without the slash in front. */
function pathOf(id: string): string {
  return id.split('/').filter(Boolean).map(encodeURIComponent).join('/')
}

/** Marathon's own 404; one of a proxy in between says nothing about the app. */
function isGone(answer: Answer): boolean {
  if (answer.status !== 404) return false
  const message = fieldsOf(parseJson(answer.body))?.['message']
  return typeof message === 'string' && message.includes('does not exist')
}

/** @throws Error when the answer is no information */
function jsonOf(answer: Answer): unknown {
  if (answer.status !== 200) throw new Error(refusal(answer.status))
  if (answer.body.length === 0) throw new Error('the answer is empty')
  const value = parseJson(answer.body)
  if (value === undefined) throw new Error(NO_JSON)
  return value
}

function refusal(status: number): string {
  if (status === 401) return 'it answered with status 401: the credentials are missing or wrong'
  if (status === 403) return 'it answered with status 403: the credentials are not sufficient'
  return `it answered with status ${status}`
}
