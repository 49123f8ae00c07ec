import { join } from 'node:path'
import { parseWorkerPid } from './answers.ts'
import { awaitAnswer } from './await-answer.ts'
import { mapPath } from './commands.ts'
import type { HaproxyProcess, Log } from './haproxy-process.ts'
import { createLogTail } from './log-tail.ts'
import { endProcess, isAlive, notePid, readPidFile, startMaster } from './master-process.ts'
import { createMasterSocket, type MasterSocket } from './master-socket.ts'
import type { RuntimeSocket } from './runtime-socket.ts'

/** An entry that is added to a map of a worker. */
export interface HandoverNote {
  readonly map: string
  readonly entry: readonly [key: string, value: string]
}

export interface OwnHaproxyOptions {
  /** The program `haproxy`, by name or path. */
  readonly binary: string
  /** Absolute path of the folder of the files; its log, pid file and the master's socket go there too. */
  readonly folder: string
  readonly configFile: string
  /** What tells a worker that its successor takes over; absent: nothing does. */
  readonly handover?: HandoverNote
  /** Longest wait for a start or a reload, ms; loading 100,000 servers takes seconds. */
  readonly startMs: number
  /** Time that open requests get at an explicit stop, ms. */
  readonly stopMs: number
}

export interface OwnHaproxyTools {
  readonly socket: RuntimeSocket
  readonly log: Log
  /** Called when HAProxy ended without being asked to. */
  readonly onExit: () => void
}

/** How often an adopted process is looked at and the log read, ms. */
const WATCH_MS = 250
/** Pauses between starts that failed or did not last, ms. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
const LASTED_MS = 30_000

/**
 * Our own HAProxy: `haproxy -W` in a session of its own, so that it outlives a crash or restart of the
 * gateway and is adopted by the next one. Only an explicit stop ends it.
 */
export function createOwnHaproxy(
  options: OwnHaproxyOptions,
  tools: OwnHaproxyTools
): HaproxyProcess {
  const { folder, startMs } = options
  const master = createMasterSocket(join(folder, 'master.sock'))
  const tail = createLogTail(join(folder, 'haproxy.log'), tools.log)
  let pid: number | undefined
  let startedAt = 0
  let pauseMs = 0
  /** While it starts, its end is the business of who starts it. */
  let isUp = false
  const watch = setInterval(() => {
    tail.read()
    if (isUp && pid !== undefined && !isAlive(pid)) lost()
  }, WATCH_MS)
  watch.unref()

  function lost(): void {
    tools.log.error({ pid }, 'HAProxy has ended by itself')
    pid = undefined
    pauseMs =
      Date.now() - startedAt > LASTED_MS
        ? 0
        : Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    tools.onExit()
  }

  async function start(): Promise<void> {
    const wait = startedAt + pauseMs - Date.now()
    if (wait > 0) throw new Error(`HAProxy is started again in ${wait} ms`)
    startedAt = Date.now()
    const child = await startMaster(options, (ended) => {
      if (pid === ended && isUp) lost()
    })
    pid = child
    isUp = false
    await notePid(options, child).catch(({ message }: Error) =>
      tools.log.error({ reason: message }, 'the pid of HAProxy could not be written down')
    )
    const worker = await awaitAnswer(async () => {
      if (!isAlive(child)) return 'ended'
      return (await answersTo(tools.socket, await workerOf(master))) ? 'up' : undefined
    }, startMs)
    tail.read()
    if (worker === 'up') {
      isUp = true
      return
    }
    if (worker === undefined) await endProcess(child, 0)
    pid = undefined
    pauseMs = Math.min(Math.max(pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    throw new Error(`HAProxy did not start; ${tail.lastAlert() ?? 'it gave no reason'}`)
  }

  async function adopt(): Promise<boolean> {
    const seen = await master.processes()
    if (seen?.worker !== undefined && (await answersTo(tools.socket, seen.worker))) {
      pid = seen.master
      isUp = true
      startedAt = Date.now()
      return true
    }
    // One that does not answer would go on taking connections beside a new one (SO_REUSEPORT).
    const stale = await readPidFile(options)
    if (stale !== undefined) {
      tools.log.warn({ pid: stale }, 'an HAProxy of ours does not answer and is ended')
      await endProcess(stale, 1_000)
    }
    return false
  }

  return {
    async ensure() {
      if (pid !== undefined && isAlive(pid)) return 'running'
      if (await adopt()) return 'adopted'
      await start()
      return 'started'
    },
    async reload() {
      await reload(master, tools.socket, startMs, () => tail.lastAlert())
      await handOver(master, options, tools.log)
    },
    oldWorkers: async () => (await master.processes())?.oldWorkers.length,
    async close({ stopHaproxy, deadline }) {
      clearInterval(watch)
      const ours = pid
      pid = undefined
      if (stopHaproxy && ours !== undefined) await endProcess(ours, options.stopMs, deadline)
      tail.close()
    }
  }
}

async function reload(
  master: MasterSocket,
  socket: RuntimeSocket,
  limitMs: number,
  lastAlert: () => string | undefined
): Promise<void> {
  const before = await master.processes()
  await master.reload()
  const outcome = await awaitAnswer(async () => {
    const now = await master.processes()
    if (now === undefined) return undefined
    if (now.failedReloads > (before?.failedReloads ?? 0)) return 'refused'
    if (now.worker === undefined || now.worker === before?.worker) return undefined
    return (await answersTo(socket, now.worker)) ? 'done' : undefined
  }, limitMs)
  if (outcome === 'done') return
  throw new Error(`HAProxy kept its former configuration; ${lastAlert() ?? 'it gave no reason'}`)
}

/** What former workers still get of their clients they pass on, where the files of their time provide for it. */
async function handOver(
  master: MasterSocket,
  { folder, handover }: OwnHaproxyOptions,
  log: Log
): Promise<void> {
  if (handover === undefined) return
  const words = ['add', 'map', mapPath(folder, handover.map), ...handover.entry]
  for (const worker of (await master.processes())?.oldWorkers ?? []) {
    try {
      await master.tell(worker, words)
    } catch (error) {
      log.warn({ worker, reason: (error as Error).message }, 'a former worker goes on by itself')
    }
  }
}

async function workerOf(master: MasterSocket): Promise<number | undefined> {
  return (await master.processes())?.worker
}

/** While workers change hands the former one may answer on the same path: it must be the new one. */
async function answersTo(socket: RuntimeSocket, worker: number | undefined): Promise<boolean> {
  if (worker === undefined) return false
  try {
    return parseWorkerPid(await socket.ask('show', 'info')) === worker
  } catch {
    return false
  }
}
