import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { LoadTestOptions } from '../../../bench/command-line.ts'
import { loadTest } from '../../../bench/front-door/load-test.ts'

async function serve(t: TestContext, listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hello?x=1`)
}

async function run(options: Partial<LoadTestOptions> & { url: URL }) {
  const lines: string[] = []
  const to = {
    out: (line: string) => lines.push(line),
    progress: { write: () => undefined },
    signal: new AbortController().signal
  }
  const all = { mode: 'load-test', host: 'a.local', rate: 100, seconds: 1, connections: 4 } as const
  const code = await loadTest(
    { admin: undefined, json: undefined, ...all, ...options },
    to,
    'secret'
  )
  return { code, text: lines.join('\n') }
}

test('load test: all requests arrive with their Host and target, and are told by task', async (t) => {
  let turn = 0
  const seen = new Set<string>()
  const url = await serve(t, (request, response) => {
    seen.add(`${request.headers.host} ${request.url}`)
    response.end(`Hello from 10.0.0.1 (task a.${turn++ % 2})\n`)
  })
  const { code, text } = await run({ url })
  assert.equal(code, 0, text)
  assert.deepEqual([...seen], ['a.local /hello?x=1'])
  assert.match(text, /^100 requests to a\.local/)
  assert.match(text, /a\.0 +50 +50\.0 %/)
  assert.match(text, /No errors\./)
})

test('load test: error answers and broken connections are told by code, and the exit code is 1', async (t) => {
  let turn = 0
  const url = await serve(t, (request, response) => {
    turn++
    if (turn > 1 && turn % 4 === 0) request.socket.destroy()
    else response.writeHead(503).end('503 GW_NO_ENDPOINT: none\n')
  })
  const { code, text } = await run({ url })
  assert.equal(code, 1)
  assert.match(text, /GW_NO_ENDPOINT +75 /)
  assert.match(text, /(UND_ERR_SOCKET|ECONNRESET) +25 /)
})

test('load test: what changes in the table meanwhile is told', async (t) => {
  const url = await serve(t, (_request, response) => response.end('ok'))
  let reads = 0
  const admin = await serve(t, (request, response) => {
    assert.equal(request.headers.authorization, 'Bearer secret')
    const tasks = reads++ === 0 ? ['a.1'] : ['a.1', 'a.2']
    const endpoints = tasks.map((taskId) => ({ taskId }))
    const routes = [{ match: { host: 'a.local', path: '/' }, services: [{ id: 'a', endpoints }] }]
    response.setHeader('etag', `"${reads}"`).end(JSON.stringify({ routes }))
  })
  const { code, text } = await run({ url, admin })
  assert.equal(code, 0, text)
  assert.match(text, /Changes of the table:\n +[\d.]+ s {2}\+ task a\.2 of a$/m)
})

test('load test: nobody there is one sentence', async () => {
  const url = new URL('http://127.0.0.1:1')
  await assert.rejects(
    run({ url }),
    /^Error: http:\/\/127\.0\.0\.1:1 can't be reached: ECONNREFUSED$/
  )
})
