import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { buildTable } from '../../bench/stage.ts'
import { verifyPeer } from '../../bench/verify.ts'

const apps = buildTable({ apps: 3, tasksPerApp: 2 }, { backend: 1, bulk: 2 })

/** Answers as a right proxy in front of right tasks does. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const { host = '' } = request.headers
  const app = apps.find((one) => one.host === host)
  const size = Number(/^\/bytes\/(\d+)$/.exec(request.url ?? '')?.[1] ?? 0)
  if (app === undefined) response.writeHead(404).end()
  else if (size > 0) response.setHeader('Content-Type', 'text/plain').end('x'.repeat(size))
  else if (request.url === '/echo') response.end(JSON.stringify(echoOf(host, app.tasks[1]?.host)))
  else countBody(request, response)
}

function echoOf(host: string, task: string | undefined) {
  const forwarded = { forwardedFor: '127.0.0.1', forwardedProto: 'http', forwardedHost: host }
  return { host, ...forwarded, task }
}

function countBody(request: IncomingMessage, response: ServerResponse): void {
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  request.on('end', () => response.end(String(bytes)))
}

async function faultsOf(t: TestContext, handle: typeof answer): Promise<string[]> {
  const server = createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return verifyPeer({ port, apps, isDirect: false, largeHost: apps[0]?.host ?? '' })
}

test('a proxy that answers rightly may be timed', async (t) => {
  assert.deepEqual(await faultsOf(t, answer), [])
})

const wrong: readonly { name: string; handle: typeof answer; says: RegExp }[] = [
  {
    name: 'every host is served',
    handle(request, response) {
      if (apps.every(({ host }) => host !== request.headers.host)) response.end('x'.repeat(150))
      else answer(request, response)
    },
    says: /^an unknown host is 200, expected 404$/
  },
  {
    name: 'tasks see another Host',
    handle(request, response) {
      if (request.url !== '/echo') answer(request, response)
      else
        response.end(JSON.stringify({ ...echoOf('', apps[0]?.tasks[0]?.host), host: '10.0.0.1' }))
    },
    says: /a task saw host “10\.0\.0\.1”, expected app-0\.bench\.local/
  },
  {
    name: 'a request goes to a task of another app',
    handle(request, response) {
      if (request.url !== '/echo') answer(request, response)
      else response.end(JSON.stringify(echoOf(request.headers.host ?? '', '127.9.9.9')))
    },
    says: /app-0\.bench\.local went to 127\.9\.9\.9, which is no task of it/
  },
  {
    name: 'bodies are cut short',
    handle(request, response) {
      if (request.url !== '/bytes/10240') answer(request, response)
      else response.setHeader('Content-Type', 'text/plain').end('x'.repeat(10_239))
    },
    says: /^\/bytes\/10240 has 10239 bytes, or wrong ones$/
  },
  {
    name: 'connections are closed',
    handle(request, response) {
      response.setHeader('Connection', 'close')
      answer(request, response)
    },
    says: /connections of clients are not kept/
  },
  {
    name: 'an upload is lost',
    handle(request, response) {
      if (request.url !== '/upload') answer(request, response)
      else request.resume().on('end', () => response.end('0'))
    },
    says: /an upload of 300000 bytes gave 200 and “0”/
  },
  {
    name: 'connections break off',
    handle: (request) => void request.socket.destroy(),
    says: /^a request failed: /
  }
]

for (const { name, handle, says } of wrong) {
  test(`a proxy is not timed when ${name}`, async (t) => {
    const faults = await faultsOf(t, handle)
    assert.ok(
      faults.some((fault) => says.test(fault)),
      faults.join('\n')
    )
  })
}
