import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { awaitAnswer } from './await-answer.ts'

export interface MasterFiles {
  readonly binary: string
  readonly folder: string
  readonly configFile: string
}

/**
 * Starts `haproxy -W` in a session of its own; its output goes to a file, so that the end of the gateway
 * breaks no pipe. Who starts it notes its pid, too. @returns its pid @throws Error when the program can't be started
 * @param onExit called with its pid when it ends, maybe before this function is done
 */
export async function startMaster(
  { binary, folder, configFile }: MasterFiles,
  onExit: (pid: number) => void
): Promise<number> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const log = await open(join(folder, 'haproxy.log'), 'a', 0o600)
  try {
    const child = spawn(
      binary,
      ['-W', '-f', join(folder, configFile), '-S', `${join(folder, 'master.sock')},mode,600`],
      { cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd] }
    )
    await once(child, 'spawn')
    child.unref()
    const pid = child.pid as number
    child.once('exit', () => onExit(pid))
    return pid
  } catch (error) {
    throw new Error(`${binary} can't be started: ${(error as Error).message}`)
  } finally {
    await log.close()
  }
}

/** For a gateway that finds it not answering. @throws Error when it can't be written */
export async function notePid({ folder }: MasterFiles, pid: number): Promise<void> {
  await writeFile(pidFile(folder), `${pid}\n`, { mode: 0o600 })
}

/** The process a former gateway started, if it still runs and is what we started. */
export async function readPidFile({
  folder,
  configFile
}: MasterFiles): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile(folder), 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid < 2 || !isAlive(pid)) return undefined
  // Pids are used again: its command line has to name our file. Without /proc nobody is ended.
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return words.split('\0').includes(join(folder, configFile)) ? pid : undefined
}

/** A zombie counts as ended: an adopted process may have a parent that never looks after it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    // Without /proc there is no telling.
    return true
  }
}

/**
 * Lets it finish open requests for some time, then ends it for good.
 * @param deadline when it aborts, the time is up
 */
export async function endProcess(
  pid: number,
  graceMs: number,
  deadline?: AbortSignal
): Promise<void> {
  const gone = async () => (isAlive(pid) ? undefined : true)
  const goneOrLate = async () => (await gone()) ?? (deadline?.aborted === true ? false : undefined)
  const attempts = [
    ['SIGUSR1', graceMs],
    ['SIGTERM', 2_000],
    ['SIGKILL', 2_000]
  ] as const
  for (const [signal, limitMs] of attempts) {
    if (limitMs === 0) continue
    if (isAlive(pid)) process.kill(pid, signal)
    if (await awaitAnswer(signal === 'SIGUSR1' ? goneOrLate : gone, limitMs)) return
  }
}

function pidFile(folder: string): string {
  return join(folder, 'haproxy.pid')
}
