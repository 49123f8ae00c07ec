import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { definitionOf } from '../../src/local-marathon/definition-input.ts'
import { sampleApp, sampleAppCommand } from '../../src/local-marathon/sample-app.ts'
import { eventually } from '../support/eventually.ts'
import { call, HANG_MS, localMarathon, settled } from '../support/local-marathon.ts'

const ROOT = join(import.meta.dirname, '../..')
const SAMPLE_APP = join(ROOT, 'sample-app')
const GATEWAY = JSON.parse(
  readFileSync(join(ROOT, 'provisioning/marathon/gateway.json'), 'utf8')
) as Readonly<Record<string, unknown>>

interface Door {
  readonly host: string
  readonly http: number
  readonly health: number
}

test('gateway.json is an app that Marathon takes: one per agent, on the agent’s own port 80', () => {
  const definition = definitionOf(GATEWAY, '/marathon-gateway', () => 10_000)
  assert.equal(definition.requirePorts, true)
  assert.deepEqual(
    definition.portDefinitions?.map(({ port, name }) => [port, name]),
    [
      [80, 'http'],
      [31_990, 'health']
    ]
  )
  assert.deepEqual(GATEWAY['constraints'], [['hostname', 'UNIQUE']])
  assert.deepEqual(definition.networks, [{ mode: 'host' }])
  // Marathon's rule: a readiness check's timeout is shorter than its interval.
  const [readiness] = definition.readinessChecks
  assert.ok((readiness?.timeoutSeconds ?? 99) < (readiness?.intervalSeconds ?? 0))
})

test('a stopping gateway has time for shutdown.delay and shutdown.timeout', () => {
  assert.ok(Number(GATEWAY['taskKillGracePeriodSeconds']) >= 5 + 30)
})

test('gateway.json runs gateways that route apps and not themselves, and an upgrade loses no request', async (t) => {
  const { url } = await startCluster(t)
  const doors = await eventually('two gateways are ready', async () => {
    const found = await readyDoors(url)
    return found.length === 2 && found
  })
  assert.equal((await ask(doors[0], 'myapp.local')).status, 200)
  const own = await ask(doors[0], 'marathon-gateway.local')
  assert.deepEqual([own.status, /GW_NO_ROUTE/.test(own.body)], [404, true])

  const balancer = startBalancer(t, url)
  await eventually('requests flow', () => balancer.answered() > 20)
  const before = await taskIds(url)
  const change = { env: { ...environment(url), GATEWAY_LOG_LEVEL: 'warn' } }
  const answer = await call(url, '/v2/apps//marathon-gateway', { method: 'PATCH', body: change })
  assert.equal(answer.status, 200)
  await upgraded(url, before)
  const asked = balancer.answered()
  await eventually('requests flow through the new ones', () => balancer.answered() > asked + 20)
  const failures = await balancer.stop()
  assert.deepEqual(failures, [])
  const after = await taskIds(url)
  assert.equal(after.length, 2)
  assert.deepEqual(
    after.filter((id) => before.includes(id)),
    []
  )
})

/** A local Marathon with the sample app, and gateway.json as it is, but for ports that any user may open. */
async function startCluster(t: TestContext): Promise<{ url: string }> {
  const command = [
    `exec '${process.execPath}' --import '${import.meta.resolve('tsx')}'`,
    `'${join(ROOT, 'src/cli/main.ts')}' run --marathon "$MARATHON"`,
    '--proxy-host "$HOST" --proxy-port "$PORT_HTTP" --health-listen "$HOST:$PORT_HEALTH"',
    '--admin-host "$HOST" --admin-port 0 --shutdown-delay 1s'
  ].join(' ')
  const images = {
    '192.168.58.201:5000/marathon-gateway': command,
    '192.168.58.201:5000/myapp': sampleAppCommand(SAMPLE_APP)
  }
  const { url } = await localMarathon(t, { runner: 'process', images })
  const app = await call(url, '/v2/apps', {
    method: 'POST',
    body: sampleApp(SAMPLE_APP, { instances: 2 })
  })
  assert.equal(app.status, 201, app.text)
  const gateway = {
    ...GATEWAY,
    requirePorts: false,
    env: environment(url)
  }
  const started = await call(url, '/v2/apps', { method: 'POST', body: gateway })
  assert.equal(started.status, 201, started.text)
  await settled(url)
  return { url }
}

function environment(url: string): Record<string, string> {
  return { ...(GATEWAY['env'] as Record<string, string>), MARATHON: url }
}

/** Four programs start and stop meanwhile, which takes its time on a busy machine. */
async function upgraded(url: string, before: readonly string[]): Promise<void> {
  const isOver = async () => {
    const { json } = await call(url, '/v2/deployments')
    const ids = await taskIds(url)
    return json.length === 0 && ids.every((id) => !before.includes(id))
  }
  for (const endAt = Date.now() + 4 * HANG_MS; Date.now() < endAt; ) {
    if (await isOver()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the upgrade did not end')
}

async function taskIds(url: string): Promise<string[]> {
  const { json } = await call(url, '/v2/apps//marathon-gateway/tasks')
  return json.tasks.map(({ id }: { id: string }) => id)
}

/** What a load balancer in front keeps in use: those that answer 200 at /readyz. */
async function readyDoors(url: string): Promise<Door[]> {
  const { json } = await call(url, '/v2/apps//marathon-gateway/tasks')
  const doors: Door[] = json.tasks.map((task: { host: string; ports: number[] }) => ({
    host: task.host,
    http: task.ports[0],
    health: task.ports[1]
  }))
  const states = await Promise.all(
    doors.map(({ host, health }) =>
      ask({ host, http: health }, 'health', '/readyz').then(
        ({ status }) => status === 200,
        () => false
      )
    )
  )
  return doors.filter((_, at) => states[at])
}

/** Sends one request after the other to the gateways in turn, each on a connection of its own. */
function startBalancer(t: TestContext, url: string) {
  const stopping = new AbortController()
  t.after(() => stopping.abort())
  const failures: string[] = []
  let answered = 0
  let doors: readonly Door[] = []
  const look = async () => {
    while (!stopping.signal.aborted) {
      doors = await readyDoors(url)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const send = async () => {
    for (let turn = 0; !stopping.signal.aborted; turn += 1) {
      const door = doors[turn % doors.length]
      await new Promise((resolve) => setTimeout(resolve, 5))
      if (door === undefined) continue
      try {
        const { status, body } = await ask(door, 'myapp.local')
        if (status !== 200) failures.push(`${status} ${body}`)
      } catch (error) {
        failures.push(String(error))
      }
      answered += 1
    }
  }
  const ended = Promise.all([look(), send()])
  return {
    answered: () => answered,
    async stop() {
      stopping.abort()
      await ended
      return failures
    }
  }
}

function ask(
  door: { readonly host: string; readonly http: number } | undefined,
  host: string,
  path = '/'
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: door?.host, port: door?.http, path, headers: { host }, agent: false },
      (answer) => {
        let body = ''
        answer.setEncoding('utf8').on('data', (text: string) => (body += text))
        answer.on('error', reject)
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      }
    )
    asked.setTimeout(HANG_MS, () => asked.destroy(new Error('no answer')))
    asked.on('error', reject)
    asked.end()
  })
}
