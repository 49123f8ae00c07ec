import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../gateway/config/load-config.ts'
import { checkFolder } from '../plugins/haproxy/check-folder.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import type { Rendering } from '../plugins/haproxy/render/desired-of.ts'
import { renderConfig, renderFiles } from '../plugins/haproxy/render/render-files.ts'
import { CommandError, type Context, exitCodes } from './context.ts'
import { lookConfig } from './look-options.ts'
import { planeRendering } from './plane-rendering.ts'
import { renderDiff } from './render-diff.ts'
import { requireSource } from './run.ts'
import { withCertificates } from './with-certificates.ts'

export const renderExamples = [
  'render haproxy --marathon http://marathon:8080',
  'render haproxy --config gateway.yaml --out /etc/haproxy/gateway',
  'render haproxy --marathon http://marathon:8080 --domain example.com --service-ports',
  'render haproxy --config gateway.yaml --diff'
]

interface Options {
  readonly marathon?: string
  readonly domain?: string
  readonly config?: string
  readonly out?: string
  readonly servicePorts?: boolean
  readonly fallback?: string
  readonly diff?: boolean
  readonly folder?: string
  readonly json?: boolean
}

/** What an HAProxy in the gateway's place would be configured with. */
export function addRender(program: Command, context: Context): void {
  program
    .command('render')
    .summary('print or write the configuration that HAProxy would get')
    .description(
      'Reads Marathon once and prints the haproxy.cfg of an HAProxy in the gateway’s place, or writes it with its maps to a folder. Starts nothing. Routes that HAProxy can’t carry and apps in which something is wrong are listed on standard error. With --diff, compares it with the HAProxy that runs instead: exit code 1 when anything differs.'
    )
    .argument('<what>', 'haproxy')
    .option('--marathon <list>', 'the Marathon to read')
    .option('--domain <list>', 'domains of apps without a label')
    .option('-c, --config <file>', 'configuration file')
    .option('--out <folder>', 'write haproxy.cfg and its maps there instead of printing')
    .option('--service-ports', 'also a listener for each Marathon service port')
    .option('--fallback <socket>', 'unix socket of a gateway, for routes HAProxy can’t carry')
    .option('--diff', 'tell what the HAProxy that runs, or its files, would have to change')
    .option('--folder <folder>', 'with --diff: its files, instead of those of haproxy.folder')
    .option('--json', 'with --diff: JSON, for machines')
    .action(async (what: string, options: Options) => {
      const fault = faultOf(what, options)
      if (fault !== undefined) throw new CommandError([fault], exitCodes.usage)
      const config = await lookConfig(options, context)
      requireSource(config)
      const haproxy = haproxyOptionsOf(config, options)
      const { fallback, json = false } = options
      const behind = fallback === undefined ? {} : { fallback: resolve(fallback) }
      if (options.diff === true) await renderDiff(config, context, { haproxy, json, ...behind })
      else await render(config, context, { haproxy, ...behind, out: options.out !== undefined })
    })
}

/** What is wrong with the words of the command line. */
function faultOf(what: string, { diff, out, folder, json }: Options): string | undefined {
  if (what !== 'haproxy') return `render knows haproxy only, not ${JSON.stringify(what)}`
  if (diff === true) {
    return out === undefined ? undefined : '--diff and --out: one of them at most'
  }
  const [only] = Object.entries({ folder, json }).find(([, said]) => said !== undefined) ?? []
  return only === undefined ? undefined : `--${only} is for --diff only`
}

/** The plane's own options, apart from what the command line says. */
function haproxyOptionsOf(config: Config, { out, folder, servicePorts }: Options): HaproxyOptions {
  const haproxy = config.sections['haproxy'] as HaproxyOptions
  const other = out ?? folder
  return {
    ...haproxy,
    folder: resolve(other ?? haproxy.folder),
    servicePorts: haproxy.servicePorts || servicePorts === true
  }
}

interface RenderRequest {
  readonly haproxy: HaproxyOptions
  readonly fallback?: string
  /** Write files to the folder instead of printing. */
  readonly out: boolean
}

async function render(
  config: Config,
  context: Context,
  { haproxy, out, ...behind }: RenderRequest
): Promise<void> {
  checkFolder(haproxy)
  const rendering = await planeRendering(config, context, {
    haproxy,
    ...behind,
    complete: (table, options) => withCertificates(table, config, options)
  })
  await give(rendering, haproxy.folder, out, context)
  for (const line of complaintsOf(rendering)) context.err(line)
}

async function give(
  { desired }: Rendering,
  folder: string,
  out: boolean,
  context: Context
): Promise<void> {
  if (!out) {
    context.out(renderConfig(desired, folder).trimEnd())
    return
  }
  const files = renderFiles(desired, folder)
  await mkdir(folder, { recursive: true })
  for (const { name, content } of files) await writeFile(join(folder, name), content)
  context.out(`${folder}: ${files.map(({ name }) => name).join(', ')}`)
}

/** One line each, without control characters. */
function complaintsOf({ notPortable, problems }: Rendering): readonly string[] {
  const lines = [
    ...notPortable.map(({ route, reason }) => `not portable: ${route}: ${reason}`),
    ...problems.map(
      ({ app, label, reason }) => `problem: ${app}${label ? ` ${label}` : ''}: ${reason}`
    )
  ]
  return lines.map((line) => line.replace(/\p{Cc}/gu, '?'))
}
