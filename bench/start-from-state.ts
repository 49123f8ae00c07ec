import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-ports.ts'
import { NODE_FLAGS } from './node-flags.ts'
import { OWN_PROGRAM } from './peers/gateway.ts'
import { readWords, wholeNumber } from './read-words.ts'
import { startProcess } from './running-process.ts'
import type { BenchApp } from './stage.ts'
import { startStandInMarathon } from './stand-in-marathon.ts'
import { spreadOf } from './statistics.ts'
import { untilAnswered } from './until-answered.ts'

const HELP = `How long after its start does a gateway serve while Marathon is away?

  npm run bench:start -- [starts] [--apps N] [--tasks N]

The built gateway reads a generated cluster (1,000 apps of 10 tasks) from a stand-in for Marathon, which leaves a
state file. Then Marathon's port refuses, and the gateway is started again and again: from the start of the process
to the first answer of a task. Ends with 1 when the median is beyond a second.
`

const GOAL_MS = 1000
const LIMIT_MS = 60_000
/** Each look takes a millisecond or two of the start, as long as nothing is compiled by V8. */
const LOOK_EVERY_MS = 25

const { values, positionals } = readWords(HELP, {
  allowPositionals: true,
  options: { apps: { type: 'string', default: '1000' }, tasks: { type: 'string', default: '10' } }
})
const starts = wholeNumber('starts', positionals[0] ?? '10', 1, 1000)
const apps = wholeNumber('--apps', values.apps, 1, 10_000)
const tasks = wholeNumber('--tasks', values.tasks, 1, 1000)

const folder = await mkdtemp(join(tmpdir(), 'start-from-state-'))
const task = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
try {
  const port = await freePort()
  await leaveState(port)
  const marathon = `http://127.0.0.1:${await freePort()}`
  const times: number[] = []
  for (let i = 0; i < starts; i++) {
    times.push(await serve(port, marathon))
    console.log(`start ${i + 1} of ${starts}: ${times.at(-1)?.toFixed(0)} ms`)
  }
  report(times)
} finally {
  task.close()
  await rm(folder, { recursive: true })
}

/** A gateway writes it when it is stopped, at the latest. */
async function leaveState(port: number): Promise<void> {
  const marathon = await startStandInMarathon(await cluster())
  try {
    await serve(port, marathon.url)
  } finally {
    await marathon.stop()
  }
}

async function cluster(): Promise<readonly BenchApp[]> {
  if (!task.listening) await once(task, 'listening')
  const { port } = task.address() as { port: number }
  return Array.from({ length: apps }, (_, app) => ({
    id: `app-${app}`,
    host: hostOf(app),
    tasks: Array.from({ length: tasks }, () => ({ host: '127.0.0.1', port }))
  }))
}

function hostOf(app: number): string {
  return `app-${app}.bench.local`
}

/**
 * A gateway from its start until its last app answers; then it is stopped.
 *
 * @returns ms from its start to that answer
 */
async function serve(port: number, marathon: string): Promise<number> {
  const file = join(folder, 'gateway.json')
  const config = {
    marathon: { urls: [marathon] },
    proxy: { host: '127.0.0.1', port },
    admin: { port: 0 },
    state: { file: join(folder, 'state.json') },
    log: { level: 'warn' }
  }
  await writeFile(file, JSON.stringify(config))
  const startedAt = performance.now()
  const args = [...NODE_FLAGS, OWN_PROGRAM, 'run', '--config', file]
  const gateway = startProcess({ program: process.execPath, args })
  try {
    const question = { port, path: '/', host: hostOf(apps - 1), who: 'the gateway' }
    await untilAnswered(gateway, { ...question, limitMs: LIMIT_MS, everyMs: LOOK_EVERY_MS })
    return performance.now() - startedAt
  } finally {
    await gateway.stop()
  }
}

function report(times: readonly number[]): void {
  const { median, min, max } = spreadOf(times) ?? { median: 0, min: 0, max: 0 }
  const range = `${min.toFixed(0)} to ${max.toFixed(0)}, median ${median.toFixed(0)}`
  const verdict = median <= GOAL_MS ? 'reached' : 'missed'
  console.log(
    `\n${apps} apps, ${apps * tasks} tasks, Marathon away: the first answer of a task after ${range} ms; goal ${GOAL_MS} ms: ${verdict}`
  )
  if (median > GOAL_MS) process.exitCode = 1
}
