import type { Command } from 'commander'
import { Type } from 'typebox'
import type { Config } from '../gateway/config/load-config.ts'
import type { App } from '../gateway/model/app.ts'
import type { Table } from '../gateway/model/table.ts'
import { definePlugin } from '../gateway/plugin.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import {
  type FrontDoorOptions,
  frontDoorRenderOptions
} from '../plugins/haproxy/render/front-door-options.ts'
import { type Listeners, listenersOf } from '../plugins/haproxy/render/listeners.ts'
import type { RenderOptions } from '../plugins/haproxy/render/options.ts'
import { servicePortOptionsOf } from '../plugins/haproxy/render-options-of.ts'
import { unsupported } from '../plugins/proxy/not-supported.ts'
import type { ProxyOptions } from '../plugins/proxy/options.ts'
import { CommandError, type Context } from './context.ts'
import { directConfig } from './look-options.ts'
import { type MigrationFacts, migrationOf, renderMigration } from './migration-report.ts'
import { readTableOnce } from './read-table-once.ts'
import { withCertificates } from './with-certificates.ts'

export const migrateExamples = [
  'migrate --marathon http://marathon:8080',
  'migrate --marathon http://marathon:8080 --config gateway.yaml --json'
]

interface Options {
  readonly marathon: string
  readonly domain?: string
  readonly config?: string
  readonly json?: boolean
}

/** What a cluster that used marathon-lb would get from the gateway. */
export function addMigrate(program: Command, context: Context): void {
  program
    .command('migrate')
    .summary('tell what becomes of apps with labels of marathon-lb')
    .description(
      'Reads Marathon once and tells, app by app, which hosts and paths would be served, what changes on purpose, and what would be missing. Exit code 1 when anything would not be served as before. Changes nothing.'
    )
    .requiredOption('--marathon <list>', 'the Marathon to read')
    .option('--domain <list>', 'domains of apps without a label')
    .option('-c, --config <file>', 'configuration file of the gateway to be')
    .option('--json', 'JSON, for machines')
    .action(async (options: Options) => {
      const apps = migrationOf(await readFacts(options, context))
      if (options.json === true) context.out(JSON.stringify({ apps }, undefined, 2))
      else for (const line of renderMigration(apps)) context.out(line)
      const wanting = apps.filter(({ missing }) => missing.length > 0).length
      if (wanting === 0) return
      const count = `${wanting} of ${apps.length} app${apps.length === 1 ? '' : 's'}`
      throw new CommandError([`${count} would not be served as before`])
    })
}

async function readFacts(options: Options, context: Context): Promise<MigrationFacts> {
  const config = await directConfig(options, context)
  if (config === undefined) throw new CommandError(['no Marathon is named'])
  const apps: { source: string; app: App }[] = []
  // A resolver is shown what the table is made from.
  const watcher = definePlugin({
    name: 'migrate',
    options: Type.Object({}),
    register(app) {
      app.gateway.resolver({
        name: 'migrate',
        routes(snapshots) {
          const all = snapshots.flatMap((one) =>
            one.apps.map((own) => ({ source: one.source, app: own }))
          )
          apps.splice(0, apps.length, ...all)
          return []
        }
      })
    }
  })
  const hasHaproxy = config.core.plane !== 'proxy'
  const proxy = config.sections['proxy'] as ProxyOptions
  const { table, problems } = await readTableOnce(
    config,
    context,
    (host) => ({ table: host.table, problems: host.problems }),
    [{ plugin: watcher, options: {} }]
  )
  const haproxy = config.sections['haproxy'] as HaproxyOptions
  const opened = hasHaproxy && haproxy.servicePorts
  return {
    apps,
    table,
    problems,
    ...(opened && { listeners: await listenersAt(table, config, haproxy) }),
    unsupported: (route) => (hasHaproxy ? undefined : unsupported(route, proxy))
  }
}

async function listenersAt(
  table: Table,
  config: Config,
  haproxy: HaproxyOptions
): Promise<Listeners> {
  const front = config.sections['proxy'] as FrontDoorOptions
  const options: RenderOptions = {
    ...frontDoorRenderOptions(front),
    servicePorts: servicePortOptionsOf(haproxy, front.host)
  }
  return listenersOf(table, await withCertificates(table, config, options))
}
