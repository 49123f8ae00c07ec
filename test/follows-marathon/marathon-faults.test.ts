import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLocalMarathon } from '../../src/local-marathon/create-local-marathon.ts'
import { type FollowingGateway, followMarathon } from '../support/cluster.ts'
import { startEchoTasks } from '../support/echo-tasks.ts'
import { eventually } from '../support/eventually.ts'
import { call, settled, startApp } from '../support/local-marathon.ts'
import { type FaultRow, type FaultStage, faultRows } from './marathon-faults.table.ts'

const HOSTS = ['shop.local', 'news.local']
/** More than there ever are at a time: no two of them share one. */
const TASKS = 40
/** How long each fault lasts at least, ms. */
const LASTS_MS = 300

/** All that is slow about a source, in short. */
const QUICK = {
  requestTimeoutMs: 500,
  connectTimeoutMs: 500,
  silenceMs: 400,
  quietMs: 30,
  lossConfirmMs: 30,
  maxAnswerBytes: 200_000,
  backoff: { minMs: 20, maxMs: 80 }
}

interface Running {
  readonly stage: FaultStage
  readonly gateway: FollowingGateway
}

/** One cluster for all: what a fault leaves behind would be seen by the next. */
let running: Running
const undos: (() => unknown)[] = []

before(async () => {
  const scope = { after: (undo: () => unknown) => void undos.push(undo) } as unknown as TestContext
  const names = Array.from({ length: TASKS }, (_, at) => `task-${at}`)
  const ports = [...(await startEchoTasks(scope, names)).values()]
  let shift = false
  const marathon = await createLocalMarathon({
    port: 0,
    runner: 'simulated',
    heartbeatMs: 50,
    simulatedAddress(_app, number) {
      const port = ports[number % TASKS] ?? 0
      // Nobody listens at port 9.
      return { host: '127.0.0.1', ports: shift ? [9, port] : [port] }
    }
  })
  undos.push(() => marathon.close())
  for (const id of ['/shop', '/news']) {
    await startApp(marathon.url, {
      id,
      instances: 2,
      labels: { 'gateway.port': 'http' },
      portDefinitions: [{ port: 0, protocol: 'tcp', name: 'http' }],
      upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 }
    })
  }
  const gateway = await followMarathon(scope, [marathon.url], QUICK)
  const stage: FaultStage = {
    marathon,
    faults: marathon.faults,
    stranger: await startStranger(),
    async put(path, body) {
      const { status } = await call(marathon.url, path, { method: 'PUT', body })
      assert.ok(status < 300, `${path}: ${status}`)
    },
    otherPorts() {
      shift = true
    }
  }
  running = { stage, gateway }
})

after(async () => {
  for (const undo of undos.reverse()) await undo()
})

/** Says something that is not Marathon's, and keeps who came with credentials. */
async function startStranger(): Promise<string> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<html>Log in</html>')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  undos.push(() => server.close())
  undos.push(() => server.closeAllConnections())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** Steady requests until it is stopped. */
function steadyTraffic({ get }: FollowingGateway) {
  const failures: string[] = []
  let requests = 0
  let stopped = false
  async function one(host: string): Promise<void> {
    while (!stopped) {
      const { status, code } = await get(host).catch((error) => ({ status: 0, code: `${error}` }))
      requests += 1
      if (status !== 200) failures.push(`${host}: ${status} ${code}`)
      await sleep(2)
    }
  }
  const all = HOSTS.map(one)
  return async () => {
    stopped = true
    await Promise.all(all)
    return { failures, requests }
  }
}

const statusOf = ({ gateway }: FollowingGateway) => {
  const [status] = gateway.host.status.sources
  assert.ok(status?.takenAt !== undefined)
  return { ...status, takenAt: status.takenAt }
}

/** As a schedule would. */
function keepAsking({ gateway }: FollowingGateway): () => void {
  const timer = setInterval(() => gateway.host.refresh('test'), 40)
  return () => clearInterval(timer)
}

async function play(row: FaultRow, { stage, gateway }: Running): Promise<void> {
  const end = await row.begin(stage)
  // What was asked for before the fault may still come.
  await sleep(20)
  const faultyFrom = Date.now()
  const stop = row.alone === true ? () => undefined : keepAsking(gateway)
  try {
    if (row.age === 'moves') {
      await eventually('it is read', () => statusOf(gateway).takenAt > faultyFrom)
    } else {
      await eventually('it is said', () => statusOf(gateway).failure !== undefined)
    }
    const { takenAt: age } = statusOf(gateway)
    await sleep(LASTS_MS)
    if (row.held === true) await eventually('it is certain', () => isCertain(gateway))
    const { takenAt, failure } = statusOf(gateway)
    if (row.age === 'stands') {
      assert.equal(takenAt, age, 'the table keeps its age')
      assert.ok(failure !== undefined)
    }
  } finally {
    stop()
    end()
  }
}

/** Two more reads said the same, the tasks were asked, and answered. */
function isCertain(gateway: FollowingGateway): boolean {
  const { held } = statusOf(gateway)
  return held !== undefined && held.confirmations > 2 && held.taskCount >= 2
}

/** The source is well again, and what changes is followed. */
async function recovers({ stage, gateway }: Running, instances: number): Promise<void> {
  const endedAt = Date.now()
  const stop = keepAsking(gateway)
  await eventually('it is well', () => {
    const { takenAt, failure, held } = statusOf(gateway)
    return takenAt >= endedAt && failure === undefined && held === undefined
  })
  stop()
  await stage.put('/v2/apps/news?force=true', { instances })
  await eventually('the change is followed', () => {
    const service = gateway.gateway.host.table.services.get('marathon:/news:0')
    return service?.endpoints.length === instances
  })
  await settled(stage.marathon.url)
  await isQuiet(gateway)
}

/** The next snapshot comes with no event before it: an event is a reason for what it takes away. */
async function isQuiet(gateway: FollowingGateway): Promise<void> {
  const quietFrom = Date.now() + 2 * QUICK.quietMs
  const stop = keepAsking(gateway)
  await eventually('the events are over', () => statusOf(gateway).takenAt > quietFrom)
  stop()
}

let instances = 2
for (const [name, row] of Object.entries(faultRows)) {
  test(`traffic goes on while ${name}`, async () => {
    const stop = steadyTraffic(running.gateway)
    try {
      await play(row, running)
      instances = instances === 2 ? 3 : 2
      await recovers(running, instances)
    } finally {
      const { failures, requests } = await stop()
      assert.deepEqual([failures.length, ...failures.slice(0, 5)], [0])
      assert.ok(requests > 10, `${requests} requests`)
    }
  })
}
