import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import fastify from 'fastify'
import { freePort } from '../../bench/free-ports.ts'
import { parseCoreConfig } from '../../src/gateway/config/load-config.ts'
import { createGateway } from '../../src/gateway/create-gateway.ts'
import type { App } from '../../src/gateway/model/app.ts'
import type { Problem } from '../../src/gateway/model/problem.ts'
import { adminPlugin } from '../../src/plugins/admin/index.ts'
import type { KeeperStatus } from '../../src/plugins/haproxy/apply/keeper-options.ts'
import { endProcess, readPidFile } from '../../src/plugins/haproxy/apply/master-process.ts'
import { haproxyPluginFor } from '../../src/plugins/haproxy/index.ts'
import { tryBind } from '../../src/plugins/haproxy/listeners/try-bind.ts'
import { createMemorySource, memoryApp, memoryTask } from '../../src/testing/memory-source.ts'
import { eventually } from './eventually.ts'
import { testCertificate } from './test-certificate.ts'

type Status = KeeperStatus & { readonly leftOut: readonly Problem[] }

/** A gateway with service ports whose plane is a real HAProxy. */
export interface ServicePortStage {
  /** Of the front door. */
  readonly port: number
  readonly folder: string
  /** Of the certificates that apps may choose from. */
  readonly certificates: string
  publish(...apps: readonly App[]): void
  /** What the admin side says of the plane. */
  status(): Promise<Status>
  /** Waits until all that was published is in force. */
  settled(): Promise<Status>
  /** The same gateway anew, as after a restart. */
  again(): Promise<void>
  stop(): Promise<void>
}

interface StageSettings {
  readonly core?: object
  readonly haproxy?: object
}

export async function openServicePortStage(
  t: TestContext,
  { core = {}, haproxy = {} }: StageSettings = {}
): Promise<ServicePortStage> {
  const port = await freePort()
  const root = await mkdtemp(join(tmpdir(), 'gateway-ports-'))
  const folder = join(root, 'haproxy')
  await writeFile(join(root, 'shop.pem'), `${testCertificate.cert}\n${testCertificate.key}\n`)
  let apps: readonly App[] = []
  const start = async () => {
    const source = createMemorySource('test')
    // As after a restart: the first table is that of all apps.
    source.publish(apps)
    const gateway = await createGateway(
      parseCoreConfig({ shutdown: { delay: '0', timeout: '5s' }, ...core }),
      {
        plugins: [
          {
            plugin: haproxyPluginFor(frontAt(port)),
            options: {
              folder,
              servicePorts: true,
              certificates: [root],
              reloadEvery: '1s',
              ...haproxy
            }
          },
          { plugin: adminPlugin, options: { port: 0 } }
        ],
        sources: [source],
        log: fastify({ logger: { level: 'silent' } }).log
      }
    )
    return { source, gateway }
  }
  let running = await start()
  const setup = { binary: 'haproxy', folder, configFile: 'haproxy.cfg' }
  t.after(async () => {
    await running.gateway.stop()
    const left = await readPidFile(setup)
    if (left !== undefined) await endProcess(left, 0)
    // Last, as what is stopped has its sockets there.
    await rm(root, { recursive: true, force: true })
  })
  const status = async () => {
    const admin = running.gateway.addresses.find(({ name }) => name === 'admin side')
    const answer = await fetch(`http://127.0.0.1:${admin?.port}/haproxy`)
    return (await answer.json()) as Status
  }
  return {
    port,
    folder,
    certificates: root,
    publish(...next) {
      apps = next
      running.source.publish(next)
    },
    status,
    async settled() {
      // The table follows in the same turn of the event loop, its rendering a little later.
      await new Promise((resolve) => setTimeout(resolve, 50))
      for (let turn = 0; turn < 600; turn += 1) {
        const seen = await status()
        if (seen.settled) return seen
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`never settled: ${JSON.stringify(await status())}`)
    },
    async again() {
      running = await start()
    },
    stop: () => running.gateway.stop()
  }
}

function frontAt(port: number) {
  return {
    host: '127.0.0.1',
    port,
    appIdHeader: false,
    listeners: [],
    trustedProxies: [],
    timeout: {
      connect: '2s',
      firstByte: '60s',
      idle: '1s',
      tunnel: '1h',
      head: '10s',
      keepAlive: '65s'
    },
    attempts: 3,
    maxConnectionsPerEndpoint: 1024,
    ejection: { after: 5 },
    slowStart: '0',
    maxHeadBytes: 32_768,
    maxFields: 200,
    maxTargetBytes: 8192
  }
}

/** Ports that nobody is given by chance: the system deals out those above 32768. */
export async function servicePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  while (found.size < count) {
    const port = 11_000 + Math.floor(Math.random() * 20_000)
    if ((await tryBind({ host: '', port })) === undefined) found.add(port)
  }
  return [...found]
}

/** An app of one task on this machine, with labels `HAPROXY_0_<name>`. */
export function labelled(
  id: string,
  taskPort: number,
  labels: Readonly<Record<string, string | number>>,
  servicePort?: number
): App {
  const said = Object.entries(labels).map(([name, value]) => [`HAPROXY_0_${name}`, `${value}`])
  const task = memoryTask(`${id.slice(1)}.1`, '127.0.0.1', taskPort)
  const app = memoryApp(id, Object.fromEntries(said), [task])
  if (servicePort === undefined) return app
  return { ...app, ports: app.ports.map((port) => ({ ...port, servicePort })) }
}

/** Listens at a port until it is closed or the test ends; a connection is answered with `answer`. */
export async function occupy(t: TestContext, port = 0, answer = 'not HAProxy'): Promise<Server> {
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(answer)
  )
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return server
}

/** A task that sends back what it gets, whatever the bytes. */
export async function bytesTask(t: TestContext): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** What comes back for these bytes; what went wrong, as its code. Latin-1. */
export async function exchange(
  port: number,
  bytes: string,
  { host = '127.0.0.1', tls = false } = {}
): Promise<string> {
  const socket = tls
    ? connectTls({ host, port, ca: testCertificate.cert, servername: 'localhost' })
    : connect(port, host)
  let heard = ''
  let failure: string | undefined
  let ended = false
  socket.setEncoding('latin1')
  socket.on('data', (text: string) => {
    heard += text
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message
  })
  socket.on('close', () => {
    ended = true
  })
  socket.write(bytes, 'latin1')
  const isWhole = () => ended || heard.length >= bytes.length
  await eventually(`port ${port} answers`, isWhole)
  // An answer of HTTP is longer than its request, and its end is that of the connection.
  if (bytes.includes('HTTP/1.1')) await eventually(`port ${port} closes`, () => ended)
  socket.destroy()
  return failure ?? heard
}

/** Status and body of `GET <path>` as a task that echoes told it. */
export async function getAt(
  port: number,
  { path = '/', host = 'any.test', tls = false } = {}
): Promise<{ readonly status: number; readonly body: string }> {
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Forwarded-Port: 1\r\nConnection: close\r\n\r\n`
  const answer = await exchange(port, head, { tls })
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
  return { status, body: answer.slice(answer.indexOf('\r\n\r\n') + 4) }
}
