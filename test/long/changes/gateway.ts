import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../../../bench/free-ports.ts'
import { eventually } from '../../support/eventually.ts'
import { call } from '../../support/local-marathon.ts'

export type PlaneName = 'haproxy' | 'proxy'

/** A line of the gateway's log. */
export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

/** What `/haproxy` of the admin side says. */
export interface HaproxyStatus {
  readonly settled: boolean
  readonly worker?: number
  readonly oldWorkers?: number
  readonly reloadDue?: string
  readonly counts: Readonly<Record<string, number>>
}

/** Resident memory, MB. */
export interface Memory {
  readonly gateway: number
  readonly haproxy?: number
}

export interface HaproxyProcesses {
  readonly masters: number
  readonly workers: number
}

/** The program `marathon-gateway run` in a process of its own, with a folder of its own. */
export interface RunningGateway {
  readonly port: number
  /** Undefined in the proxy plane. */
  status(): Promise<HaproxyStatus | undefined>
  /** Waits until nothing is left to be brought into force. */
  settled(): Promise<void>
  memory(): Promise<Memory>
  /** The HAProxy processes that work with our folder, as `ps` shows them. */
  processes(): HaproxyProcesses
  close(): Promise<void>
}

/** Level of warnings in the log; errors are above. */
export const WARNING = 40
const main = join(import.meta.dirname, '../../../src/cli/main.ts')

/** @param onLog told of each line of its log */
export async function startGateway(
  marathon: string,
  plane: PlaneName,
  onLog: (line: LogLine) => void
): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-changes-'))
  const [port = 0, adminPort = 0] = await freePorts(2)
  const own = plane === 'proxy' ? [] : ['--haproxy-folder', folder, '--haproxy-hard-stop', '24h']
  const words = [
    ...['run', '--marathon', marathon, '--plane', plane, '--port', `${port}`],
    ...['--proxy-host', '127.0.0.1', '--admin-port', `${adminPort}`],
    ...['--shutdown-delay', '0', '--shutdown-timeout', '5s', ...own]
  ]
  const { PATH = '' } = process.env
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, main, ...words], {
    env: { PATH },
    stdio: ['ignore', 'pipe', 'inherit']
  })
  createInterface({ input: child.stdout }).on('line', (text) => onLog(JSON.parse(text) as LogLine))
  const admin = `http://127.0.0.1:${adminPort}`
  await eventually('the gateway is ready', async () => {
    if (child.exitCode !== null) throw new Error('the gateway has ended')
    return (await call(admin, '/readyz').catch(() => undefined))?.status === 200
  })
  return runningGateway({ child, folder, port, admin, plane })
}

interface Parts {
  readonly child: ChildProcess
  readonly folder: string
  readonly port: number
  readonly admin: string
  readonly plane: PlaneName
}

function runningGateway({ child, folder, port, admin, plane }: Parts): RunningGateway {
  const status = async (): Promise<HaproxyStatus | undefined> =>
    plane === 'proxy' ? undefined : (await call(admin, '/haproxy')).json
  return {
    port,
    status,
    async settled() {
      await eventually('HAProxy is in step', async () => (await status())?.settled !== false)
    },
    async memory() {
      const gateway = await residentMb(child.pid)
      const worker = (await status())?.worker
      return worker === undefined ? { gateway } : { gateway, haproxy: await residentMb(worker) }
    },
    processes: () => haproxyProcesses(folder),
    async close() {
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function haproxyProcesses(folder: string): HaproxyProcesses {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
  const own = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, words = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    const isOwn = words.split(' ').includes(join(folder, 'haproxy.cfg')) && words.includes(' -W ')
    return isOwn ? [{ pid, parent }] : []
  })
  const pids = new Set(own.map(({ pid }) => pid))
  const workers = own.filter(({ parent }) => pids.has(parent)).length
  return { masters: own.length - workers, workers }
}

async function residentMb(pid: number | undefined): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) / 1_024)
}
