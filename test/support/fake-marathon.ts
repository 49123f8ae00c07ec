import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { eventually } from './eventually.ts'

/** Handles a request in place of the fake; false leaves it to the fake. */
export type Script = (request: IncomingMessage, response: ServerResponse) => boolean

/** A scriptable stand-in for one Marathon node: `/v2/apps` and `/v2/events` over real sockets. */
export interface FakeMarathon {
  readonly url: string
  readonly host: string
  /** Requests so far, oldest first. */
  readonly requests: readonly IncomingMessage[]
  /** What `/v2/apps` gives. */
  apps: readonly object[]
  /** Comes before the fake's own answers. */
  script: Script
  /** Open event streams. */
  readonly streams: ReadonlySet<ServerResponse>
  /** Open connections. */
  readonly connections: number
  /** Sends one event as Marathon writes it. */
  send(event: Readonly<Record<string, unknown>> & { eventType: string }): void
  /** Number of requests whose URL begins with this. */
  count(prefix: string): number
  closeStreams(): void
  stop(): Promise<void>
}

export async function startFakeMarathon(tls?: ServerOptions): Promise<FakeMarathon> {
  const requests: IncomingMessage[] = []
  const streams = new Set<ServerResponse>()
  const sockets = new Set<Socket>()
  const server = tls === undefined ? createServer() : createTlsServer(tls)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests.push(request)
    if (fake.script(request, response)) return
    if (request.url?.startsWith('/v2/events')) openStream(request, response, streams)
    else if (request.url?.startsWith('/v2/apps?')) sendJson(response, 200, { apps: fake.apps })
    else sendApp(fake.apps, request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const fake: FakeMarathon = {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    requests,
    apps: [],
    script: () => false,
    streams,
    get connections() {
      return sockets.size
    },
    send(event) {
      const text = `event: ${event.eventType}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`
      for (const stream of streams) stream.write(text)
    },
    count: (prefix) => requests.filter((request) => request.url?.startsWith(prefix)).length,
    closeStreams() {
      for (const stream of streams) stream.end()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await eventually('the fake Marathon to stop', () => !server.listening && sockets.size === 0)
    }
  }
  return fake
}

export function sendJson(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
  return true
}

export function sendHtml(response: ServerResponse, status: number): true {
  response.writeHead(status, { 'content-type': 'text/html' })
  response.end(`<html><body>Error ${status}</body></html>`)
  return true
}

/** As Jetty does: exactly this Accept, head at once, no length, closed at the end. */
export function openStream(
  request: IncomingMessage,
  response: ServerResponse,
  streams: Set<ServerResponse>
): void {
  if (request.headers.accept !== 'text/event-stream') {
    sendHtml(response, 405)
    return
  }
  response.useChunkedEncodingByDefault = false
  response.shouldKeepAlive = false
  response.writeHead(200, { 'content-type': 'text/event-stream;charset=utf-8' })
  response.flushHeaders()
  streams.add(response)
  response.on('close', () => streams.delete(response))
}

function sendApp(
  apps: readonly object[],
  request: IncomingMessage,
  response: ServerResponse
): void {
  const path = request.url?.split('?')[0] ?? ''
  const app = apps.find((candidate) => `/v2/apps${(candidate as { id?: unknown }).id}` === path)
  if (app !== undefined) sendJson(response, 200, { app })
  else sendJson(response, 404, { message: `App '${path.slice(8)}' does not exist` })
}
