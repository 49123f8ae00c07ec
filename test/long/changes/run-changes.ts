import { seededRandom } from '../../../src/plugins/haproxy/agreement/seeded-random.ts'
import { eventually } from '../../support/eventually.ts'
import { type ConstantLoad, startLoad } from './constant-load.ts'
import { type Effects, followEffects } from './effects.ts'
import { askDoor, type DoorAnswer, isOf } from './front-door-client.ts'
import { type PlaneName, type RunningGateway, startGateway } from './gateway.ts'
import { type HeldWebSocket, holdWebSocket } from './held-web-socket.ts'
import { labelsOf, type Marathon, startMarathon } from './marathon.ts'
import type { Report } from './report.ts'
import { createRunRecord, type Facts, type RunRecord } from './run-record.ts'
import { type AppPlan, type Change, drawScript, isStructural } from './script.ts'

export interface RunOptions {
  readonly plane: PlaneName
  readonly changes: number
  readonly seed: number
  /** Changes that are under way at one time, of different apps. */
  readonly atOnce: number
  readonly clients: { readonly 'keep-alive': number; fresh: number; patient: number }
  /** Called when the changes begin, with what will be written down. */
  readonly onBegin?: (record: RunRecord) => void
  /** Told of each stage of the run. */
  readonly tell: (line: string) => void
  /** Ends the run before its time. */
  readonly signal?: AbortSignal
}

/** Everything that is open during a run. */
interface Stage {
  readonly marathon: Marathon
  readonly gateway: RunningGateway
  readonly load: ConstantLoad
  readonly effects: Effects
  readonly socket: HeldWebSocket
  readonly record: RunRecord
  /** Apps whose destruction has been asked for. */
  readonly destroyed: Set<string>
}

/**
 * What a request for an app may get once its destruction has been asked for. HAProxy may say of the last
 * task, while it goes, that it took no connection (docs/haproxy.md, known differences).
 */
const GONE = new Set(['GW_NO_ROUTE', 'GW_NO_ENDPOINT', 'GW_UPSTREAM_REFUSED'])

/**
 * Starts a cluster, the gateway and its load; makes the changes that the seed says; looks at what is
 * left. Everything is stopped again.
 */
export async function runChanges(options: RunOptions): Promise<Report> {
  const { apps, changes } = drawScript(options.changes, seededRandom(options.seed))
  const opened: (() => unknown)[] = []
  try {
    options.tell('starting the cluster')
    const stage = await openStage(options, apps, opened)
    await eventually('the load flows', async () => stage.load.requests['keep-alive'] > 100)
    const before = await factsOf(stage)
    options.tell('making the changes')
    options.onBegin?.(stage.record)
    await makeAll(stage, changes, options)
    const { record, gateway, load, socket } = stage
    options.tell('waiting for the last state')
    const after = await factsOf(stage)
    await load.stop()
    const webSocket = { roundTrips: socket.roundTrips, fault: socket.fault }
    socket.close()
    options.tell('waiting for old workers')
    await eventually('old workers have ended', async () => {
      const { masters, workers } = gateway.processes()
      return masters + workers <= 2
    }).catch(() => undefined)
    const processes = gateway.processes()
    const { effects } = stage
    return record.report(options, { before, after, webSocket, processes, load, effects })
  } finally {
    options.tell('stopping')
    for (const close of opened.reverse()) await close()
  }
}

async function openStage(
  { plane, clients }: RunOptions,
  apps: readonly AppPlan[],
  opened: (() => unknown)[]
): Promise<Stage> {
  const record = createRunRecord()
  const destroyed = new Set<string>()
  const marathon = await startMarathon()
  opened.push(() => marathon.close())
  for (const app of apps) await marathon.create(app)
  for (const { name, instances } of apps) await marathon.settled(name, instances)
  const gateway = await startGateway(marathon.url, plane, (line) => record.noteLog(line))
  opened.push(() => gateway.close())
  await gateway.settled()
  for (const { name } of apps) await answers(gateway, name)
  const { port } = gateway
  const effects = await followEffects({
    marathon: marathon.url,
    port,
    underWay: () => record.underWay(),
    onFailure: (app, answer) => {
      if (destroyed.has(app) && GONE.has(answer.code ?? '')) return
      record.noteFailure(app, 'prober', answer)
    }
  })
  opened.push(() => effects.close())
  const load = startLoad({
    port,
    clients,
    onAnswer: (answer) => effects.note(answer),
    onFailure: (app, client, answer) => record.noteFailure(app, client, answer)
  })
  opened.push(() => load.stop())
  for (const { name } of apps) load.add(name)
  const socket = await holdWebSocket(port, 'socket.test')
  opened.push(() => socket.close())
  return { marathon, gateway, load, effects, socket, record, destroyed }
}

async function factsOf({ gateway }: Stage): Promise<Facts> {
  await gateway.settled()
  return { memory: await gateway.memory(), counts: (await gateway.status())?.counts ?? {} }
}

/** In the order of the script; changes of one app one after the other. */
async function makeAll(
  stage: Stage,
  changes: readonly Change[],
  { atOnce, signal }: RunOptions
): Promise<void> {
  const lastOf = new Map<string, Promise<void>>()
  const running = new Set<Promise<void>>()
  for (const change of changes) {
    signal?.throwIfAborted()
    const before = lastOf.get(change.app) ?? Promise.resolve()
    const done = before.then(() => make(stage, change))
    lastOf.set(change.app, done)
    running.add(done)
    void done.finally(() => running.delete(done)).catch(() => undefined)
    if (running.size >= atOnce) await Promise.race(running)
  }
  await Promise.all(running)
}

async function make(stage: Stage, change: Change): Promise<void> {
  const { marathon, gateway, load, record, destroyed } = stage
  const { app, kind, instances, number } = change
  const done = record.begin(change)
  if (kind === 'create') await create(stage, { name: app, role: 'passing', instances })
  else if (kind === 'destroy') {
    load.remove(app)
    destroyed.add(app)
    await marathon.destroy(app)
    await goes(stage, app)
  } else {
    if (kind === 'kill' || kind === 'crash') await marathon.endOne(app, kind, instances)
    else if (kind === 'deploy') await marathon.deploy(app, { env: { RELEASE: `${number}` } })
    else if (kind === 'settings') {
      const labels = { ...labelsOf(app), 'gateway.timeout.idle': `${60 + number}s` }
      await marathon.deploy(app, { labels })
    } else await marathon.scale(app, instances)
    await marathon.settled(app, instances)
  }
  if (isStructural(change)) await gateway.settled()
  done()
}

async function create({ marathon, gateway, load }: Stage, app: AppPlan): Promise<void> {
  await marathon.create(app)
  await answers(gateway, app.name)
  load.add(app.name)
  await marathon.settled(app.name, app.instances)
}

async function answers({ port }: RunningGateway, app: string): Promise<void> {
  await eventually(`${app} answers`, async () => isOf(await askDoor(port, `${app}.test`), app))
}

/** Asks a destroyed app until nobody knows its host. */
async function goes({ gateway, record }: Stage, app: string): Promise<void> {
  const isAllowed = (answer: DoorAnswer) => isOf(answer, app) || GONE.has(answer.code ?? '')
  await eventually(`${app} has no route`, async () => {
    const answer = await askDoor(gateway.port, `${app}.test`)
    if (!isAllowed(answer)) record.noteFailure(app, 'afterlife', answer)
    return answer.code === 'GW_NO_ROUTE'
  })
}
