import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Cluster, createCluster, type Replaced } from './cluster.ts'
import type { MarathonAnswer, MarathonOrder } from './messages.ts'

/** Plays Marathon in a process of its own, told by messages what happens in its cluster. */
let cluster: Cluster | undefined
let body: Buffer = Buffer.alloc(0)
/** The cluster changed since the body was made. */
let stale = false
let lastByteAt = 0
/** Requests for the whole list that wait until it may be given. */
let waiting: ServerResponse[] | undefined = []
const streams = new Set<ServerResponse>()

const server = createServer((request, response) => {
  const path = request.url?.split('?')[0] ?? ''
  if (path === '/v2/events') openStream(response)
  else if (path !== '/v2/apps') sendApp(path.replace('/v2/apps', ''), response)
  else if (waiting === undefined) sendAll(response)
  else waiting.push(response)
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')

process.on('message', (order: MarathonOrder) => process.send?.(follow(order)))
process.on('disconnect', () => process.exit())

function follow(order: MarathonOrder): MarathonAnswer {
  if (order.kind === 'start') {
    cluster = createCluster(order.size)
    body = cluster.body()
    const { port } = server.address() as AddressInfo
    return { url: `http://127.0.0.1:${port}`, bytes: body.length }
  }
  if (order.kind === 'open') return open()
  if (order.kind === 'lastByte') return { at: lastByteAt }
  if (order.kind === 'replace') return replace(order.app, order.tell)
  if (order.kind === 'checkAll') cluster?.checkAll()
  else cluster?.setHealth(order.known)
  body = cluster?.body() ?? body
  return { bytes: body.length }
}

function open(): MarathonAnswer {
  const all = waiting ?? []
  waiting = undefined
  for (const response of all) sendAll(response)
  return {}
}

function replace(app: number, tell: boolean): MarathonAnswer {
  const replaced = cluster?.replaceTask(app)
  if (replaced === undefined) return {}
  stale = true
  const at = now()
  if (tell) tellReplaced(replaced)
  return { replaced, at }
}

function tellReplaced({ appId, newTask }: Replaced): void {
  send({
    eventType: 'instance_changed_event',
    instanceId: newTask.replace(/\._app\.\d+$/, ''),
    condition: 'Running',
    runSpecId: appId,
    runSpecVersion: '2024-01-01T00:00:00.000Z'
  })
}

function send(event: Readonly<Record<string, string>>): void {
  const text = `event: ${event['eventType']}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`
  for (const stream of streams) stream.write(text)
}

function sendAll(response: ServerResponse): void {
  if (stale) body = cluster?.body() ?? body
  stale = false
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body, () => {
    lastByteAt = now()
  })
}

function sendApp(id: string, response: ServerResponse): void {
  const app = cluster?.app(id)
  response.writeHead(app === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(app === undefined ? '{"message":"not served here"}' : `{"app":${app}}`)
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('\r\n')
  const heartbeat = setInterval(() => response.write('\r\n'), 10_000)
  streams.add(response)
  response.on('close', () => {
    clearInterval(heartbeat)
    streams.delete(response)
  })
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
