import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePorts } from '../../../bench/free-ports.ts'
import { NODE_FLAGS } from '../../../bench/node-flags.ts'
import { eventually } from '../../support/eventually.ts'
import { call } from '../../support/local-marathon.ts'
import type { GatewayRecord } from './judge.ts'

export type Lane = 'wire' | 'full'

/** The built `marathon-gateway run` in a process of its own. */
export interface RunningGateway {
  readonly port: number
  readonly admin: string
  readonly pid: number
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly marathons: readonly string[]
  readonly lane: Lane
  /** Told of each request that did not go smoothly. */
  readonly onRecord: (record: GatewayRecord) => void
  /** Told of warnings and errors in the log. */
  readonly onWarning: (line: string) => void
  /** Told when it ended by itself. */
  readonly onEnd: (how: string) => void
}

const main = join(import.meta.dirname, '../../../dist/cli/main.js')
const WARNING = 40

/** Starts it on ports that are free; ready when it has a table. */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-chaos-'))
  const [port = 0, adminPort = 0] = await freePorts(2)
  const config = join(folder, 'gateway.json')
  await writeFile(config, JSON.stringify(configOf(options, { port, adminPort, folder })))
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [...NODE_FLAGS, main, 'run', '--config', config], {
    env: { PATH },
    // A session of its own: the system shares its time out between sessions.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  let isClosing = false
  child.once('exit', (code, signal) => {
    if (!isClosing) options.onEnd(`the gateway ended: ${signal ?? code}`)
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as { readonly level: number; readonly msg: string }
    if (line.msg === 'chaos-ledger') options.onRecord(line as never)
    else if (line.level >= WARNING) options.onWarning(text)
  })
  const admin = `http://127.0.0.1:${adminPort}`
  await eventually('the gateway is ready', async () => {
    if (child.exitCode !== null) throw new Error('the gateway has ended')
    return (await call(admin, '/readyz').catch(() => undefined))?.status === 200
  })
  return {
    ...{ port, admin, pid: child.pid ?? 0 },
    async close() {
      isClosing = true
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM')
        await once(child, 'exit')
      }
      process.off('exit', endWithUs)
      await rm(folder, { recursive: true, force: true })
    }
  }
}

function configOf(
  { marathons, lane }: GatewayOptions,
  { port, adminPort, folder }: { port: number; adminPort: number; folder: string }
) {
  return {
    marathon: { urls: marathons, requestTimeout: '3s' },
    proxy: { host: '127.0.0.1', port, lane },
    admin: { port: adminPort },
    state: { file: join(folder, 'state.json') },
    refresh: { cron: '*/10 * * * * *' },
    shutdown: { delay: '0ms', timeout: '5s' },
    plugins: [{ path: join(import.meta.dirname, 'ledger-plugin.mjs') }]
  }
}
