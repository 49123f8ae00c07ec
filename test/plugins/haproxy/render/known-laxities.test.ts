import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { knownLaxities } from '../../../../src/plugins/haproxy/render/known-laxities.ts'
import type { Laxity } from '../../../../src/plugins/haproxy/render/laxity.ts'
import { openFullLane } from '../../../support/front-door.ts'
import { type RawTask, startRawTask } from '../../../support/raw-task.ts'
import {
  exchange,
  haproxyIsBefore,
  noHaproxy,
  startRendered
} from '../../../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'
import { readStrictly } from '../../../support/strict-request-reader.ts'

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'

/** Answers a request when all of it is there, however odd that is. */
function startTask(): Promise<RawTask> {
  return startRawTask(({ socket, received }) => {
    const { requests, fault } = readStrictly(received())
    if ((requests.length > 0 || fault !== undefined) && socket.writable) socket.end(ANSWER)
  })
}

test('known laxities: docs/haproxy.md has a row for each', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/haproxy.md'), 'utf8')
  const [, table = ''] = page.split('## Known laxities\n')
  const rows = [...table.matchAll(/^\| ([^|]+) \|/gm)].map(([, cell]) => cell).slice(1)
  assert.deepEqual(
    rows,
    knownLaxities.map(({ name }) => name)
  )
})

test('known laxities: the proxy plane answers as listed', async (t) => {
  const task = await startTask()
  const door = await openFullLane()
  t.after(async () => {
    await door.stop()
    await task.close()
  })
  const labels = { 'gateway.hosts': 'known.test' }
  await door.publish([{ id: '/known', labels, ports: [task.endpoint.port] }])
  for (const laxity of knownLaxities) await checkLaxity(t, laxity, 'proxy', door.port, task)
})

test('known laxities: HAProxy answers as listed', { skip: noHaproxy }, async (t) => {
  const task = await startTask()
  t.after(() => task.close())
  const table = tableOf(
    [serviceOf('/known', [task.endpoint.port])],
    [routeTo(['/known'], { host: 'known.test' })]
  )
  const { port } = await startRendered(t, table)
  for (const laxity of knownLaxities) {
    await checkLaxity(t, ofInstalledVersion(laxity), 'haproxy', port, task)
  }
})

function ofInstalledVersion(laxity: Laxity): Laxity {
  const newer = laxity.newer?.findLast(({ since }) => !haproxyIsBefore(since))
  if (newer === undefined) return laxity
  const { line: haproxy } = newer
  const line = haproxy === undefined ? {} : { line: { ...laxity.line, haproxy } }
  return { ...laxity, haproxy: newer.haproxy, ...line }
}

async function checkLaxity(
  t: TestContext,
  { name, request, line, ...expected }: Laxity,
  plane: 'proxy' | 'haproxy',
  port: number,
  task: RawTask
): Promise<void> {
  await t.test(`${name} is ${expected[plane]}`, async () => {
    const from = task.connections.length
    const answer = await exchange(port, request)
    assert.equal(Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1]), expected[plane], answer)
    const seen = task.connections
      .slice(from)
      .flatMap((connection) => connection.received().toLowerCase().split('\r\n'))
    for (const one of [line?.proxy, line?.haproxy]) {
      if (one !== undefined) assert.equal(seen.includes(one), one === line?.[plane], one)
    }
  })
}
