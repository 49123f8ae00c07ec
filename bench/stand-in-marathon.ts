import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BenchApp } from './stage.ts'

/** Serves one table as Marathon does, to the gateway, for as long as it is measured. */
export interface StandInMarathon {
  readonly url: string
  stop(): Promise<void>
}

const VERSION = '2024-01-01T00:00:00.000Z'

export async function startStandInMarathon(apps: readonly BenchApp[]): Promise<StandInMarathon> {
  const answer = JSON.stringify({ apps: apps.map(marathonApp) })
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/v2/events')) openStream(response)
    else if (/^\/v2\/apps(\?|$)/.test(request.url ?? '')) sendJson(response, 200, answer)
    else sendJson(response, 404, '{"message":"not served here"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

/** An app in host mode as `/v2/apps` shows it, as far as a router looks. */
export function marathonApp({ id, host, tasks }: BenchApp) {
  return {
    id: `/${id}`,
    version: VERSION,
    instances: tasks.length,
    networks: [{ mode: 'host' }],
    portDefinitions: [{ port: 10_000, protocol: 'tcp', name: 'http', labels: {} }],
    requirePorts: false,
    labels: { 'gateway.hosts': host },
    healthChecks: [],
    deployments: [],
    tasks: tasks.map((task, index) => ({
      id: `${id}.${index}`,
      appId: `/${id}`,
      state: 'TASK_RUNNING',
      host: task.host,
      ports: [task.port],
      ipAddresses: [],
      startedAt: VERSION,
      stagedAt: VERSION,
      version: VERSION
    }))
  }
}

/** Nothing changes while it is measured; a heartbeat keeps the stream alive. */
function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write('\r\n')
  const heartbeat = setInterval(() => response.write('\r\n'), 10_000)
  response.on('close', () => clearInterval(heartbeat))
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text)
  })
  response.end(text)
}
