import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { type Config, loadConfig } from '../gateway/config/load-config.ts'
import { lookUpHosts } from '../plugins/haproxy/look-up-hosts.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import { desiredOf, type Rendering } from '../plugins/haproxy/render/desired-of.ts'
import {
  type FrontDoorOptions,
  frontDoorRenderOptions
} from '../plugins/haproxy/render/front-door-options.ts'
import type { RenderOptions } from '../plugins/haproxy/render/options.ts'
import { renderConfig, renderFiles } from '../plugins/haproxy/render/render-files.ts'
import { servicePortOptionsOf } from '../plugins/haproxy/render-options-of.ts'
import { builtInPlugins } from './built-in-plugins.ts'
import { CommandError, type Context, exitCodes } from './context.ts'
import { readTableOnce } from './read-table-once.ts'
import { withCertificates } from './with-certificates.ts'

export const renderExamples = [
  'render haproxy --marathon http://marathon:8080',
  'render haproxy --config gateway.yaml --out /etc/haproxy/gateway',
  'render haproxy --marathon http://marathon:8080 --domain example.com --service-ports'
]

/** Where the files would stand when they are only printed. */
const DEFAULT_FOLDER = '/etc/haproxy/gateway'

interface Options {
  readonly marathon?: string
  readonly domain?: string
  readonly config?: string
  readonly out?: string
  readonly servicePorts?: boolean
  readonly fallback?: string
}

/** What an HAProxy in the gateway's place would be configured with. */
export function addRender(program: Command, context: Context): void {
  program
    .command('render')
    .summary('print or write the configuration that HAProxy would get')
    .description(
      'Reads Marathon once and prints the haproxy.cfg of an HAProxy in the gateway’s place, or writes it with its maps to a folder. Starts nothing. Routes that HAProxy can’t carry and apps in which something is wrong are listed on standard error.'
    )
    .argument('<what>', 'haproxy')
    .option('--marathon <list>', 'the Marathon to read')
    .option('--domain <list>', 'domains of apps without a label')
    .option('-c, --config <file>', 'configuration file')
    .option('--out <folder>', 'write haproxy.cfg and its maps there instead of printing')
    .option('--service-ports', 'also a listener for each Marathon service port')
    .option('--fallback <socket>', 'unix socket of a gateway, for routes HAProxy can’t carry')
    .action(async (what: string, options: Options) => {
      if (what !== 'haproxy') {
        const line = `render knows haproxy only, not ${JSON.stringify(what)}`
        throw new CommandError([line], exitCodes.usage)
      }
      await render(options, context)
    })
}

async function render(options: Options, context: Context): Promise<void> {
  const config = await loadConfig({
    plugins: builtInPlugins,
    file: options.config,
    env: context.env,
    flags: flagsOf(options)
  })
  const { table, finders } = await readTableOnce(config, context, (host) => ({
    table: host.table,
    finders: host.parts.resolvers.filter(({ find }) => find !== undefined).map(({ name }) => name)
  }))
  const addresses = await lookUpHosts(table)
  const rendering = desiredOf(table, {
    ...(await withCertificates(table, config, renderOptions(config, options))),
    finders,
    addresses
  })
  await give(rendering, options.out, context)
  for (const line of complaintsOf(rendering)) context.err(line)
}

function flagsOf({ marathon, domain }: Options): ReadonlyMap<string, string> {
  const flags = new Map<string, string>()
  if (marathon !== undefined) flags.set('--marathon-urls', marathon)
  if (domain !== undefined) flags.set('--routing-domains', domain)
  return flags
}

function renderOptions(config: Config, { servicePorts, fallback }: Options): RenderOptions {
  const haproxy = config.sections['haproxy'] as HaproxyOptions
  return {
    ...frontDoorRenderOptions(config.sections['proxy'] as FrontDoorOptions),
    ...(servicePorts === true && { servicePorts: servicePortOptionsOf(haproxy, '') }),
    ...(fallback !== undefined && { fallback: resolve(fallback) })
  }
}

async function give(
  { desired }: Rendering,
  out: string | undefined,
  context: Context
): Promise<void> {
  if (out === undefined) {
    context.out(renderConfig(desired, DEFAULT_FOLDER).trimEnd())
    return
  }
  const folder = resolve(out)
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
