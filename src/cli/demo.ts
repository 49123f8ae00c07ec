import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import Type from 'typebox'
import { loadConfig } from '../gateway/config/load-config.ts'
import { createGateway, type Gateway } from '../gateway/create-gateway.ts'
import { packageFolder } from '../gateway/package-folder.ts'
import { definePlugin, type GatewayPlugin, type TableChange } from '../gateway/plugin.ts'
import { createLocalMarathon } from '../local-marathon/create-local-marathon.ts'
import { sampleApp, sampleAppCommand } from '../local-marathon/sample-app.ts'
import { builtInPlugins } from './built-in-plugins.ts'
import { CommandError, type Context } from './context.ts'
import { createLog } from './create-log.ts'
import { describeChange, describeDemo } from './describe-demo.ts'
import { describeError, type PortUse } from './describe-error.ts'
import { loadPlugins } from './load-plugins.ts'
import { marathonSources } from './marathon-sources.ts'
import { listenForStop } from './stop-signal.ts'
import { waitForApp } from './wait-for-app.ts'
import { wholeNumber } from './whole-number.ts'

export const demoExamples = ['demo', 'demo --port 8889 --instances 3', 'demo --marathon-port 8081']

interface DemoOptions {
  readonly host: string
  readonly port: number
  readonly adminPort: number
  readonly marathonPort: number
  readonly instances: number
  readonly plane: 'proxy' | 'haproxy' | 'both'
  readonly debug?: boolean
}

/** Closes what a step of the start opened. */
type Close = () => Promise<unknown>

/** A whole small cluster on this machine: local Marathon, sample app, gateway. */
export function addDemo(program: Command, context: Context): void {
  const port = wholeNumber(1, 65_535)
  program
    .command('demo')
    .summary('a small cluster on this machine: Marathon, a sample app, the gateway')
    .description(
      'Starts a Marathon-compatible server, the sample app with a few tasks, and the gateway in front of them, all on this machine. Shows changes as they happen. Ctrl-C stops everything.'
    )
    .option('--host <address>', 'address of the front door', '127.0.0.1')
    .option('--port <number>', 'port of the front door', port, 8888)
    .option('--admin-port <number>', 'port of the admin side', port, 9090)
    .option('--marathon-port <number>', 'port of the local Marathon', port, 8080)
    .option('--instances <number>', 'tasks of the sample app', wholeNumber(1, 50), 2)
    .addOption(
      new Option('--plane <name>', 'who carries the bytes; haproxy and both take HAProxy')
        .choices(['proxy', 'haproxy', 'both'])
        .default('proxy')
    )
    .action((options: DemoOptions) => demo(options, context))
}

async function demo(options: DemoOptions, context: Context): Promise<void> {
  const stop = listenForStop()
  const opened: Close[] = []
  context.out('Starting a small cluster on this machine…')
  try {
    await start(options, context, stop.signal, opened)
    await stop.asked
    context.out('Stopping…')
  } catch (error) {
    throw new CommandError(describeError(error, portsOf(options)), undefined, { cause: error })
  } finally {
    for (const close of opened.reverse()) await close()
    stop.release()
  }
  context.out('Stopped; nothing is left running.')
}

/** Opens one part after the other; leaves off as soon as the signal aborts. */
async function start(
  options: DemoOptions,
  context: Context,
  signal: AbortSignal,
  opened: Close[]
): Promise<void> {
  const haproxyFolder = options.plane === 'proxy' ? undefined : await folderForHaproxy(opened)
  const folder = join(packageFolder, 'sample-app')
  const marathon = await createLocalMarathon({
    port: options.marathonPort,
    runner: 'process',
    images: { [sampleImage(folder)]: sampleAppCommand(folder) },
    ...(options.debug === true ? { log: context.err } : {})
  })
  opened.push(() => marathon.close())
  if (signal.aborted) return
  await postApp(marathon.url, sampleApp(folder, { instances: options.instances }))
  let onChange = (_change: TableChange): void => {}
  const given = { ...options, haproxyFolder, marathonUrl: marathon.url }
  const gateway = await startGateway(given, (change) => onChange(change))
  opened.push(() => gateway.stop())
  context.out(`  /myapp: waiting for ${options.instances} tasks and a first answer`)
  const door = { host: options.host, port: options.port, instances: options.instances }
  await waitForApp(gateway.host, door, signal, (line) => context.out(line))
  if (signal.aborted) return
  for (const line of describeDemo(options, context.colours)) context.out(line)
  onChange = (change) => {
    for (const line of describeChange(change, context.colours)) context.out(line)
  }
}

/** What `start_myapp.json` calls its image: in the demo a process of the same program is run for it. */
function sampleImage(folder: string): string {
  const definition: unknown = JSON.parse(readFileSync(join(folder, 'start_myapp.json'), 'utf8'))
  const { container } = definition as { container: { docker: { image: string } } }
  return container.docker.image
}

async function postApp(marathonUrl: string, app: object): Promise<void> {
  const answer = await fetch(`${marathonUrl}/v2/apps`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(app)
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Marathon refused the sample app: ${answer.status} ${text}`)
}

/** @throws CommandError: without the program the demo would wait for an answer that never comes */
async function folderForHaproxy(opened: Close[]): Promise<string> {
  if (spawnSync('haproxy', ['-v'], { stdio: 'ignore' }).status !== 0) {
    throw new CommandError(['HAProxy is not installed here; --plane proxy does without'])
  }
  const folder = await mkdtemp(join(tmpdir(), 'marathon-gateway-demo-'))
  opened.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function startGateway(
  options: DemoOptions & {
    readonly marathonUrl: string
    readonly haproxyFolder: string | undefined
  },
  onChange: (change: TableChange) => void
): Promise<Gateway> {
  const flags = {
    '--plane': options.plane,
    ...(options.haproxyFolder === undefined ? {} : { '--haproxy-folder': options.haproxyFolder }),
    '--marathon-urls': options.marathonUrl,
    '--proxy-host': options.host,
    '--proxy-port': options.port,
    '--admin-port': options.adminPort,
    '--admin-marathon-without-token': true,
    '--shutdown-delay': '0',
    '--shutdown-timeout': '3s'
  }
  const words = Object.entries(flags).map(([flag, value]) => [flag, String(value)] as const)
  const config = await loadConfig({ plugins: builtInPlugins, flags: new Map(words) })
  const log = createLog(options.debug === true ? 'debug' : 'silent')
  const sources = await marathonSources(config, { log })
  const plugins = [...(await loadPlugins(config)), { plugin: changesPlugin(onChange), options: {} }]
  return createGateway(config.core, { plugins, sources, log })
}

/** Listens to the changes of the table, as any plugin may. */
function changesPlugin(onChange: (change: TableChange) => void): GatewayPlugin {
  return definePlugin({
    name: 'demo-changes',
    options: Type.Object({}),
    register: (app) => app.gateway.onChange(onChange)
  })
}

function portsOf({ port, adminPort, marathonPort }: DemoOptions): readonly PortUse[] {
  return [
    { port: marathonPort, option: '--marathon-port' },
    { port, option: '--port' },
    { port: adminPort, option: '--admin-port' }
  ]
}
