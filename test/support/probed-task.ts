import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** A task that answers `/health` as a test says, and everything else with its name. */
export interface ProbedTask {
  readonly name: string
  readonly port: number
  /** What `/health` answers from now on. */
  health(status: number): void
  /** Probes so far. */
  readonly probes: () => number
  /** Host and User-Agent of the last probe. */
  readonly lastProbe: () => string
  /** Requests apart from probes. */
  readonly requests: () => number
}

export async function startProbedTask(t: TestContext, name: string): Promise<ProbedTask> {
  let status = 200
  let probes = 0
  let requests = 0
  let lastProbe = ''
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    if (request.url === '/health') {
      probes += 1
      lastProbe = `${request.headers.host} ${request.headers['user-agent']}`
      response.statusCode = status
    } else requests += 1
    response.end(name)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    name,
    port: (server.address() as AddressInfo).port,
    health: (next) => {
      status = next
    },
    probes: () => probes,
    lastProbe: () => lastProbe,
    requests: () => requests
  }
}
