import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { freePort } from '../../bench/free-ports.ts'
import { call, HANG_MS } from '../support/local-marathon.ts'

const SERVER = join(import.meta.dirname, '../../sample-app/server.js')

async function sampleTask(t: TestContext, env: Record<string, string> = {}) {
  const port = await freePort()
  const child = spawn(process.execPath, [SERVER], {
    env: { HOST: '127.0.0.1', PORT: String(port), MESOS_TASK_ID: 'myapp.<1>', ...env },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { child, port, url: `http://127.0.0.1:${port}` }
}

const exitOf = async (child: ChildProcess) => {
  if (child.exitCode !== null) return child.exitCode
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(HANG_MS) })
  return code
}

test('it answers with its address as text, as a page to browsers, and ok to checks', async (t) => {
  const { url, port } = await sampleTask(t)
  const plain = await call(url, '/')
  assert.equal(plain.text, 'Hello from 127.0.0.1 (task myapp.<1>)\n')
  const page = await call(url, '/any?x', { headers: { accept: 'text/html,*/*' } })
  assert.match(page.headers.get('content-type') ?? '', /^text\/html/)
  assert.match(page.text, /<h1>127\.0\.0\.1<\/h1>/)
  assert.match(page.text, /myapp\.&#60;1&#62;/)
  assert.match(page.text, new RegExp(`127\\.0\\.0\\.1:${port}`))
  assert.match(page.text, /scale/i)
  assert.equal((await call(url, '/health')).text, 'ok\n')
})

test('LISTEN_HOST and LISTEN_PORT win, as in a container', async (t) => {
  const port = String(await freePort())
  const env = { HOST: 'agent-1', PORT: '1', LISTEN_HOST: '0.0.0.0', LISTEN_PORT: port }
  await sampleTask(t, env)
  const { text } = await call(`http://127.0.0.1:${port}`, '/')
  assert.match(text, /^Hello from \d+\.\d+\.\d+\.\d+ /)
})

function get(port: number, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume()
      response.on('end', () => resolve(response))
    })
    request.on('error', reject)
    request.end()
  })
}

test('after SIGTERM open and new connections are answered with close for two seconds, then exit 0', async (t) => {
  const { child, port } = await sampleTask(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  assert.equal((await get(port, agent)).headers.connection, 'keep-alive')
  const start = performance.now()
  child.kill('SIGTERM')
  let onOpen = await get(port, agent)
  // The signal may arrive a moment after the first answer.
  while (onOpen.headers.connection !== 'close') onOpen = await get(port, agent)
  const fresh = new Agent({ keepAlive: false })
  const onNew = await get(port, fresh)
  assert.deepEqual([onNew.statusCode, onNew.headers.connection], [200, 'close'])
  assert.equal(await exitOf(child), 0)
  assert.ok(performance.now() - start >= 1_900)
})

test('a taken port is one clear line and exit 1', async (t) => {
  const { port } = await sampleTask(t)
  const child = spawn(process.execPath, [SERVER], {
    env: { HOST: '127.0.0.1', PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe']
  })
  t.after(() => child.kill('SIGKILL'))
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  assert.equal(await exitOf(child), 1)
  assert.match(stderr, new RegExp(`^cannot listen on 127\\.0\\.0\\.1:${port}: .*EADDRINUSE.*\n$`))
})
