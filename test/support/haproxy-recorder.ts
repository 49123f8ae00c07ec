import { once } from 'node:events'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../bench/free-ports.ts'
import { writeFiles } from '../../src/plugins/haproxy/apply/file-writer.ts'
import { endProcess, startMaster } from '../../src/plugins/haproxy/apply/master-process.ts'
import { encodeCommand } from '../../src/plugins/haproxy/apply/runtime-command.ts'
import { answersOf, exchange } from '../../src/plugins/haproxy/apply/runtime-socket.ts'
import { eventually } from './eventually.ts'
import { ask } from './haproxy.ts'
import {
  backendRun,
  busyRuns,
  experimentalHelp,
  idleRun,
  madeRuns,
  mapRuns,
  questions,
  RECORDED_FOLDER,
  type ScriptedRun,
  scriptedState,
  serverRuns
} from './haproxy-script.ts'
import { renderState, state } from './haproxy-states.ts'
import type { RecordedExchange } from './recorded-answers.ts'

const LIMITS = { silenceMs: 10_000, maxBytes: 10_000_000 }
/** Of `show info`: the rest tells of the machine. */
const INFO = /^(?:Name|Version|Release_date|Nbthread|Process_num|Pid|Uptime): |^$/

interface Stage {
  readonly folder: string
  readonly port: number
  readonly exchanges: RecordedExchange[]
  /** Requests that the task `slow` has and does not answer. */
  readonly held: () => number
}

/** Runs this HAProxy and asks it everything of the script. */
export async function recordHaproxy(binary: string): Promise<RecordedExchange[]> {
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-record-'))
  let held = 0
  const slow = createServer(() => {
    held += 1
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  const port = await freePort()
  const desired = state({
    ...scriptedState((slow.address() as AddressInfo).port),
    port,
    socket: join(folder, 'admin.sock')
  })
  await writeFiles(folder, renderState(desired, folder))
  const stage: Stage = { folder, port, exchanges: [], held: () => held }
  const pid = await startMaster({ binary, folder, configFile: 'haproxy.cfg' }, () => undefined)
  try {
    await answers(stage)
    await recordMaster(stage)
    await recordWorker(stage)
    return stage.exchanges
  } finally {
    await endProcess(pid, 0)
    slow.closeAllConnections()
    slow.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function recordWorker(stage: Stage): Promise<void> {
  for (const [name, words] of Object.entries(questions)) {
    await record(stage, name, `${encodeCommand({ words })}\n`)
  }
  await record(stage, 'show info', 'show info\n', (text) =>
    text
      .split('\n')
      .filter((line) => INFO.test(line))
      .join('\n')
  )
  for (const run of [experimentalHelp, ...serverRuns]) await recordRun(stage, run)
  const request = ask(stage.port, 'app.test')
  await eventually('the task has the request', () => stage.held() === 2)
  for (const run of busyRuns) await recordRun(stage, run)
  await request
  await recordUntilTaken(stage, idleRun)
  for (const run of [...mapRuns, backendRun]) await recordRun(stage, run)
  if (!wasTaken(stage, backendRun)) return
  for (const run of madeRuns) await recordRun(stage, run)
}

/** The worker that gives way still has a request; the last reload fails. */
async function recordMaster(stage: Stage): Promise<void> {
  const { folder } = stage
  const master = (name: string, command: string) =>
    record(stage, name, `${command}\nquit\n`, (text) => text, 'master.sock')
  await master('show proc', 'show proc')
  const request = ask(stage.port, 'app.test')
  await eventually('the task has the request', () => stage.held() === 1)
  await master('reload', 'reload')
  await answers(stage)
  await master('show proc after a reload', 'show proc')
  await appendFile(join(folder, 'haproxy.cfg'), 'nonsense\n')
  await master('a reload that fails', 'reload')
  await answers(stage)
  await master('show proc after a reload that failed', 'show proc')
  await Promise.race([request, Promise.resolve()])
}

/** Both sockets answer: `reload` returns before that in versions before 2.7. */
async function answers({ folder }: Stage): Promise<void> {
  const sockets = ['admin.sock', 'master.sock'].map((name) => join(folder, name))
  for (let turn = 0; turn < 600; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const texts = await Promise.all(
      sockets.map((path) => exchange(path, 'show proc\nquit\n', LIMITS).catch(() => undefined))
    )
    if (texts.every((text) => text !== undefined) && /^\d+\s+worker/m.test(texts[1] ?? '')) return
  }
  throw new Error('HAProxy does not answer')
}

async function recordRun(stage: Stage, run: ScriptedRun): Promise<void> {
  const lines = ['prompt', ...run.commands.map((command) => encodeCommand(command)), 'quit']
  await record(stage, run.name, `${lines.join('\n')}\n`)
}

async function recordUntilTaken(stage: Stage, run: ScriptedRun): Promise<void> {
  for (let turn = 0; turn < 500; turn += 1) {
    await recordRun(stage, run)
    if (wasTaken(stage, run)) return
    stage.exchanges.pop()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`HAProxy does not take: ${run.name}`)
}

/** Whether what was recorded last says that the first command was taken. */
function wasTaken(
  { exchanges, folder }: Stage,
  { commands, expect: [expect] }: ScriptedRun
): boolean {
  const [answer = ''] = answersOf(exchanges.at(-1)?.answer ?? '', commands.length, folder)
  return expect instanceof RegExp && expect.test(answer)
}

async function record(
  { folder, exchanges }: Stage,
  name: string,
  sent: string,
  cut: (text: string) => string = (text) => text,
  socket = 'admin.sock'
): Promise<void> {
  const real = sent.replaceAll(RECORDED_FOLDER, folder)
  const said = await exchange(join(folder, socket), real, LIMITS)
  const answer = cut(said)
    .replaceAll(folder, RECORDED_FOLDER)
    .replace(/path to executable is \S+/g, 'path to executable is /usr/sbin/haproxy')
  exchanges.push({ name, sent, answer })
}
