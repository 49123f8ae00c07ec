import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../../../../src/gateway/plugin.ts'
import { openFullLane, openWireLane } from '../../../support/front-door.ts'
import { laneCase } from '../../../support/lane-cases.ts'
import {
  converse,
  type LaneTask,
  sameMeaning,
  startLaneTask
} from '../../../support/lane-conversation.ts'
import { pluginOf } from '../../../support/plugin-under-test.ts'

/** Of all cases, those from this one on; a case can be seen again by its number alone. */
const FIRST = Number(process.env['LANE_CASE'] ?? 1)
const CASES = Number(process.env['LANE_CASES'] ?? 10_000)
/** Each has apps, tasks and a connection of its own. */
const WORKERS = 64
/** A difference that is a matter of time doesn't show every time. */
const TRIES = 3

const HASH = '$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5'
const LABELS: readonly Readonly<Record<string, string>>[] = [
  {},
  {},
  { 'gateway.sticky': 'gw' },
  { 'gateway.path': '/p', 'gateway.path.strip': 'true' },
  { 'gateway.networks': '10.0.0.0/8' },
  { 'gateway.auth': `shop:a:${HASH}` },
  { 'gateway.hsts': '300' },
  { 'gateway.https': 'redirect' },
  { 'gateway.auth': 'shop:a:wrong' },
  { HAPROXY_0_BACKEND_HTTP_OPTIONS: '' }
]

interface Lane {
  readonly port: number
  readonly tasks: readonly LaneTask[]
  /** What observers were told of the clients of each worker since it was asked last. */
  readonly told: Map<string, string[]>
}

/** Workers differ by the address that their connections come from. */
function addressOf(worker: number): string {
  return `127.0.1.${worker + 1}`
}

test('both lanes mean the same', { timeout: 560_000 }, async (t) => {
  const lanes = await Promise.all([openFullLane, openWireLane].map((open) => openLane(t, open)))
  const different: string[] = []
  let next = FIRST
  await Promise.all(
    Array.from({ length: WORKERS }, async (_, worker) => {
      while (next < FIRST + CASES && different.length < 5) {
        const fault = await difference(lanes, worker, next++)
        if (fault !== undefined) different.push(fault)
      }
    })
  )
  assert.deepEqual(different, [])
})

async function openLane(
  t: { after(undo: () => Promise<unknown>): void },
  open: typeof openFullLane
): Promise<Lane> {
  const tasks = await Promise.all(Array.from({ length: WORKERS }, startLaneTask))
  t.after(() => Promise.all(tasks.map((task) => task.close())))
  const timeout = { head: '1s', idle: '1s', keepAlive: '500ms', firstByte: '10s' }
  const told = new Map<string, string[]>()
  const observer = pluginOf('observer', (host) =>
    host.observer((outcome) => {
      told.set(outcome.client, [...(told.get(outcome.client) ?? []), toldOf(outcome)])
    })
  )
  const door = await open({ proxy: { timeout }, plugins: [observer] })
  t.after(() => door.stop())
  await door.publish(
    tasks.map(({ endpoint }, worker) => ({
      id: `/w${worker}`,
      // By its path alone it would answer on the hosts of others.
      labels: { 'gateway.hosts': `w${worker}.local`, ...LABELS[worker % LABELS.length] },
      ports: [endpoint.port]
    }))
  )
  return { port: door.port, tasks, told }
}

/** All that is not a matter of time, and not the port of a task. */
function toldOf({ method, host, target, status, code, route, ...rest }: Outcome): string {
  const { endpoint, attempts, bytesIn, bytesOut, aborted } = rest
  const tried = attempts.map(({ phase, reason }) => `${phase} ${reason}`)
  const known = { method, host, target, status, code, route: route?.id, tried, bytesIn, bytesOut }
  return JSON.stringify({ ...known, isChosen: endpoint !== undefined, aborted })
}

/** What differs each time; undefined when nothing does. */
async function difference(
  lanes: readonly Lane[],
  worker: number,
  seed: number
): Promise<string | undefined> {
  const one = laneCase(seed, `w${worker}.local`)
  let found: string | undefined
  for (let tries = 0; tries < TRIES; tries += 1) {
    const results = await Promise.all(
      lanes.map(async ({ port, tasks, told }) => {
        told.delete(addressOf(worker))
        const answers = await converse(port, addressOf(worker), one)
        return { answers, taken: tasks[worker]?.taken() ?? [] }
      })
    )
    const told = one.endsByTime ? [] : await outcomes(lanes, addressOf(worker))
    const [full, wire] = results
    if (full && wire && sameMeaning(full, wire, one) && told[0] === told[1]) return undefined
    const shown = [one.pieces, full, wire].map((what) => JSON.stringify(what))
    found = `${one.name}: ${shown[0]}\nfull: ${shown[1]}\nwire: ${shown[2]}\n${told.join('\n')}`
  }
  return found?.replaceAll(/([xyz])\1{50,}/g, '$1…')
}

/** What observers of both lanes were told; an outcome may come after the connection has ended. */
async function outcomes(lanes: readonly Lane[], client: string): Promise<string[]> {
  const now = (): string[] =>
    lanes.map(({ told }) => (told.get(client) ?? []).toSorted().join('\n'))
  for (let i = 0; i < 40; i += 1) {
    const [full, wire] = now()
    if (full === wire) break
    await sleep(5)
  }
  return now()
}
