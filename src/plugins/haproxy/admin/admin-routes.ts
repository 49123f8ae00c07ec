import { readFile } from 'node:fs/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { GatewayHost } from '../../../gateway/plugin.ts'
import type { HaproxyKeeper } from '../apply/keeper.ts'
import { withoutPasswords } from '../hide-passwords.ts'
import { METRICS_PATH, STATS_PATH } from '../render/stats-listener.ts'
import type { Renderings } from '../renderings.ts'
import { appLines, vhostLines } from './compatible-maps.ts'
import { createIsUp } from './is-up.ts'
import { ownMetrics } from './own-metrics.ts'
import { createStatsClient, type StatsAnswer, type StatsClient } from './stats-client.ts'

export interface AdminParts {
  readonly keeper: HaproxyKeeper
  readonly rendered: Renderings
  /** haproxy.cfg as HAProxy reads it. */
  readonly configFile: string
  /** Of the Runtime API. */
  readonly socket: string
  /** Of the listener for statistics; undefined: there is none. */
  readonly statsSocket: string | undefined
  /** Socket of the proxy plane, where routes go that are not portable; absent: there is none. */
  readonly fallback?: string
}

/** The page's own forms: `stats`, `stats;csv`, `stats;up;norefresh`, `stats;scope=…`. */
const STATS_QUERY = /^stats(;[A-Za-z0-9_.:=-]*)*$/
const DOWN = 'HAProxy does not answer'

/** What the haproxy plane shows to operators, at the paths that marathon-lb had. */
export function addAdminRoutes(host: GatewayHost, parts: AdminParts): void {
  const { keeper, rendered, statsSocket, fallback } = parts
  host.admin(STATS_PATH, (admin) => {
    const stats = statsClientOf(admin, statsSocket)
    admin.get('/', async ({ raw }, reply) => {
      const query = queryOf(raw.url)
      if (/^stats(;|$)/.test(query)) return sendStats(reply, stats, query)
      const { notPortable, problems: leftOut } = rendered
      return { ...keeper.status, fallback, notPortable, leftOut }
    })
  })
  host.metrics('haproxy', async function* exported(query) {
    const stats = createStatsClient(statsSocket)
    try {
      const answer = await exporterOf(stats, query)
      if (answer !== undefined) yield* answer.body
      yield ownMetrics(keeper.status)
    } finally {
      await stats.close()
    }
  })
  addCompatibleRoutes(host, parts)
}

function addCompatibleRoutes(host: GatewayHost, parts: AdminParts): void {
  const { keeper, rendered, configFile, socket } = parts
  const isUp = createIsUp(socket)
  const text = (path: string, write: () => Promise<string> | string) =>
    host.admin(path, (admin) => {
      admin.get('/', async (_request, reply) =>
        reply.type('text/plain; charset=utf-8').send(await write())
      )
    })
  const running = (lines: readonly string[]) => lines.map((line) => inForce(line, keeper)).join('')

  host.admin('/_haproxy_health_check', (admin) => {
    admin.get('/', { config: { open: true } }, async (_request, reply) => {
      const up = await isUp()
      reply.code(up ? 200 : 503)
      return { status: up ? 'up' : 'down' }
    })
  })
  host.admin('/_haproxy_getconfig', (admin) => {
    admin.get('/', async (_request, reply) => {
      const config = await readFile(configFile, 'utf8').catch(() => undefined)
      if (config === undefined) return refuse(reply, 503, 'HAProxy has no configuration yet')
      return reply.type('text/plain; charset=utf-8').send(withoutPasswords(config))
    })
  })
  text('/_haproxy_getvhostmap', () => running(vhostLines(host.table, rendered.targets)))
  text('/_haproxy_getappmap', () => running(appLines(host.table, rendered.targets)))
}

/** A line of a map with the section that HAProxy runs for the backend: a spare, as it may be. */
function inForce(line: string, keeper: HaproxyKeeper): string {
  const [key = '', backend = ''] = line.split(' ')
  return `${key} ${keeper.sectionOf(backend)}\n`
}

async function sendStats(reply: FastifyReply, stats: StatsClient, query: string): Promise<unknown> {
  if (!STATS_QUERY.test(query)) return refuse(reply, 400, 'not a query of the statistics page')
  const answer = await stats.get(`${STATS_PATH}?${query}`).catch(() => undefined)
  if (answer === undefined) return refuse(reply, 503, DOWN)
  reply.headers({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
  return reply.code(answer.status).type(answer.contentType).send(answer.body)
}

/** What the exporter says; undefined when HAProxy has none, or does not answer. */
async function exporterOf(stats: StatsClient, query: string): Promise<StatsAnswer | undefined> {
  const path = query === '' ? METRICS_PATH : `${METRICS_PATH}?${query}`
  const answer = await stats.get(path).catch(() => undefined)
  if (answer?.status === 200 && answer.contentType.startsWith('text/plain')) return answer
  answer?.body.on('error', () => undefined).resume()
  return undefined
}

function statsClientOf(admin: FastifyInstance, socket: string | undefined): StatsClient {
  const stats = createStatsClient(socket)
  admin.addHook('onClose', () => stats.close())
  return stats
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message })
}

function queryOf(url = ''): string {
  const mark = url.indexOf('?')
  return mark < 0 ? '' : url.slice(mark + 1)
}
