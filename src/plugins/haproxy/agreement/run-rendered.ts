import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awaitAnswer } from '../apply/await-answer.ts'
import { createRuntimeSocket } from '../apply/runtime-socket.ts'
import type { Desired } from '../desired.ts'
import { CONFIG_FILE, renderFiles } from '../render/render-files.ts'

/** A real HAProxy with files of its own, for as long as it is needed. */
export interface RunningHaproxy {
  readonly port: number
  /** Aborts when HAProxy ends by itself; its reason is an Error with HAProxy's words. */
  readonly ended: AbortSignal
  /** Ends it and removes its files. */
  close(): Promise<void>
}

export interface RunOptions {
  /** The program `haproxy`, by name or path. */
  readonly binary: string
  /** What to run, listening at this port and with its Runtime API at this path. */
  render(port: number, socket: string): Desired
}

/** Loading 100,000 servers takes seconds. */
const START_MS = 60_000
const MOST_ATTEMPTS = 5

/**
 * Starts HAProxy in a folder of temporary files.
 * @throws Error in one sentence when it can't be started, or refuses its files
 */
export async function runRendered(options: RunOptions): Promise<RunningHaproxy> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-haproxy-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  try {
    for (let attempt = 1; ; attempt += 1) {
      const started = await start(options, folder)
      if (typeof started !== 'string') {
        return {
          port: started.port,
          ended: started.ended,
          async close() {
            await started.close()
            removeFolder()
          }
        }
      }
      // Somebody else was quicker to take the port.
      if (attempt === MOST_ATTEMPTS || !started.includes('cannot bind')) throw new Error(started)
    }
  } catch (error) {
    removeFolder()
    throw error
  }
}

/** Or, as text, why it does not run. */
async function start(
  { binary, render }: RunOptions,
  folder: string
): Promise<RunningHaproxy | string> {
  const port = await freePort()
  const socket = join(folder, 'runtime.sock')
  const desired = unshared(render(port, socket))
  for (const { name, content } of renderFiles(desired, folder)) {
    await writeFile(join(folder, name), content)
  }
  const child = spawn(binary, ['-db', '-f', join(folder, CONFIG_FILE)], {
    // A group of its own, so that Ctrl-C does not end it in the middle of a request.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const said = collect(child)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(whyNotStarted(binary, error)))
    child.once('close', () => resolve(`${binary} ended: ${said() ?? 'it gave no reason'}`))
  })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const kill = () => endGroup(child)
  // The way out that nothing else is run on.
  const onExit = () => {
    kill()
    remove()
  }
  process.once('exit', onExit)
  const close = async () => {
    process.off('exit', onExit)
    kill()
    await exited
  }
  const api = createRuntimeSocket(socket)
  const limit = new AbortController()
  const outcome = await Promise.race([
    exited,
    awaitAnswer(async () => {
      if (limit.signal.aborted) return 'ended'
      const answer = await api.ask('show', 'info').catch(() => '')
      return answer === '' ? undefined : 'up'
    }, START_MS)
  ])
  limit.abort()
  if (outcome === 'up') return { port, ended: endedSignal(exited), close }
  await close()
  return outcome ?? `${binary} took no commands within ${START_MS / 1000} s`
}

function whyNotStarted(binary: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return `${binary}: no such program; HAProxy 2.4 or newer is needed`
  if (code === 'EACCES') return `${binary}: may not be run by this user`
  return `${binary} can't be started: ${message}`
}

/** Without it, HAProxy shares a port with whoever asks for the same one. */
function unshared(desired: Desired): Desired {
  const structure = desired.structure.flatMap((line) =>
    line === 'global' ? [line, '  noreuseport'] : [line]
  )
  return { ...desired, structure }
}

function endedSignal(exited: Promise<string>): AbortSignal {
  const ended = new AbortController()
  void exited.then((why) => ended.abort(new Error(why)))
  return ended.signal
}

/** Gives the first complaint in HAProxy's words. */
function collect(child: ChildProcess): () => string | undefined {
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(0, 10_000)
  })
  return () =>
    said
      .split('\n')
      .find((line) => line.startsWith('[ALERT]'))
      ?.replace(/^\[ALERT\]\s+\(\d+\) : /, '')
      .slice(0, 500)
}

/** The program may be a script that starts HAProxy. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
