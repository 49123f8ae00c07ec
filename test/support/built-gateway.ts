import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const main = join(import.meta.dirname, '../../dist/cli/main.js')

const READY = 'ready'
/** Only against hangs. */
const HANG_MS = 60_000

export interface BuiltGatewayOptions {
  /** The configuration file, as an object. Its `admin.port` is where it is asked whether it is ready. */
  readonly config: { readonly admin: { readonly port: number } } & Readonly<Record<string, unknown>>
  /** The routes file of the `file` plugin, if there is one. */
  readonly routes?: unknown
  readonly nodeOptions?: readonly string[]
  /** Most files and connections that it may have open. */
  readonly openFiles?: number
  /** Descriptor of the file that takes its log; absent: `onLog` is told. */
  readonly logFile?: number
  /** Told of each line of its log. */
  readonly onLog?: (line: Readonly<Record<string, unknown>>) => void
}

/** The built `marathon-gateway run` in a process and a session of its own. */
export interface BuiltGateway {
  readonly pid: number
  readonly admin: string
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  /** SIGTERM; resolves with its end. */
  stop(): Promise<void>
}

/** Starts it; ready when it has a table. The system shares its time out between sessions, hence one of its own. */
export async function startBuiltGateway(options: BuiltGatewayOptions): Promise<BuiltGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-built-'))
  const [file, routes] = [join(folder, 'gateway.json'), join(folder, 'routes.yaml')]
  const own = options.routes === undefined ? {} : { file: { path: routes } }
  await writeFile(file, JSON.stringify({ ...own, ...options.config }))
  if (options.routes !== undefined) await writeFile(routes, JSON.stringify(options.routes))
  const { PATH = '' } = process.env
  const words = [...(options.nodeOptions ?? []), main, 'run', '--config', file]
  const limit = options.openFiles === undefined ? '' : `ulimit -n ${options.openFiles};`
  const child = spawn('sh', ['-c', `${limit} exec "$0" "$@"`, process.execPath, ...words], {
    env: { PATH },
    detached: true,
    stdio: ['ignore', options.logFile ?? 'pipe', 'inherit']
  })
  const endWithUs = () => child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    process.off('exit', endWithUs)
    await rm(folder, { recursive: true, force: true })
    return { code, signal }
  })
  if (child.stdout !== null) {
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (text) => options.onLog?.(JSON.parse(text)))
  }
  const admin = `http://127.0.0.1:${options.config.admin.port}`
  const endAt = Date.now() + HANG_MS
  for (;;) {
    const said = await readiness(admin)
    if (said === READY) break
    if (child.exitCode !== null) throw new Error('the gateway has ended')
    if (Date.now() > endAt) {
      child.kill('SIGKILL')
      throw new Error(`the gateway does not get ready: ${said}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return {
    ...{ pid: child.pid ?? 0, admin, ended },
    async stop() {
      child.kill('SIGTERM')
      await ended
    }
  }
}

/** What it says of being ready, or why it says nothing. */
async function readiness(admin: string): Promise<string> {
  const signal = AbortSignal.timeout(HANG_MS)
  return fetch(`${admin}/readyz`, { signal }).then(
    async (answer) => {
      const text = await answer.text()
      return answer.status === 200 ? READY : `${answer.status} ${text}`
    },
    ({ name, cause }) => String(cause?.code ?? name)
  )
}
