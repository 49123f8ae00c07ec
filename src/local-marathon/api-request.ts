import type { IncomingMessage } from 'node:http'
import { ApiError, invalidJson, notFound } from './api-error.ts'
import type { Deployment } from './cluster.ts'
import { type AppRecord, type Cluster, type ClusterView, liveTasks } from './cluster.ts'
import type { Faults } from './faults.ts'
import { json, type Reply } from './reply.ts'

/** Larger bodies are refused with 413. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface ApiRequest {
  readonly method: string
  /** Without query; slashes not merged. */
  readonly path: string
  readonly query: URLSearchParams
  readonly accept: string
  readonly clientIp: string
  /** The JSON body; undefined when there is none. */
  readonly body: unknown
}

/** What handlers work on. */
export interface ApiContext {
  readonly cluster: Cluster
  readonly faults: Faults
  /** What reads show: the cluster, or its frozen copy under `snapshotLag`. */
  view(): ClusterView
  /** host:port of the leader. */
  leader(): string
  /** Gives leadership up. */
  abdicate(): void
}

/**
 * @throws ApiError 400 for bad JSON, 413 for too much, 415 for another content type
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new ApiError(413, { message: 'Request Entity Too Large' })
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  const type = request.headers['content-type']
  if (type !== undefined && !/^application\/json\b/i.test(type)) {
    throw new ApiError(415, { message: 'Unsupported Media Type' })
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (error) {
    throw invalidJson((error as Error).message)
  }
}

/** The answer to whatever began a deployment. */
export function deploymentReply({ id, version }: Deployment, status = 200): Reply {
  const headers = { 'Marathon-Deployment-Id': id }
  return json({ version, deploymentId: id }, status, headers)
}

/** @throws ApiError 404 */
export function appOr404(apps: ReadonlyMap<string, AppRecord>, id: string): AppRecord {
  const app = apps.get(id)
  if (app === undefined) throw notFound('App', id)
  return app
}

/** Apps that reads may show. */
export function shownApps({ faults, view }: ApiContext): AppRecord[] {
  return [...view().apps.values()].filter((app) => !faults.isHidden(app.definition.id))
}

/** The live tasks of an app that have an address. */
export function placedTasks(app: AppRecord) {
  return liveTasks(app).filter((task) => task.placement !== undefined)
}
