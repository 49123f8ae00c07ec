import type { Command } from 'commander'
import { type Config, loadConfig } from '../gateway/config/load-config.ts'
import type { AdminAccess } from './ask-admin.ts'
import { builtInPlugins } from './built-in-plugins.ts'
import type { Context } from './context.ts'

/** Options of the commands that look at a table: a running gateway's, or one made from Marathon. */
export interface LookOptions extends AdminAccess {
  readonly marathon?: string
  readonly domain?: string
  readonly config?: string
  readonly json?: boolean
}

export function addLookOptions(command: Command): Command {
  return command
    .option('--admin <url>', 'admin side of the running gateway', 'http://127.0.0.1:9090')
    .option('--token-file <file>', 'file with its token (or the variable GATEWAY_ADMIN_TOKEN)')
    .option('--marathon <list>', 'ask no gateway: read this Marathon once instead')
    .option('--domain <list>', 'with --marathon: domains of apps without a label')
    .option('-c, --config <file>', 'with --marathon: configuration file')
    .option('--json', 'JSON, for machines')
}

/** The configuration to read Marathon with; undefined when a gateway is to be asked. */
export async function directConfig(
  { marathon, domain, config }: Pick<LookOptions, 'marathon' | 'domain' | 'config'>,
  { env }: Context
): Promise<Config | undefined> {
  if (marathon === undefined) return undefined
  const flags = new Map([['--marathon-urls', marathon]])
  if (domain !== undefined) flags.set('--routing-domains', domain)
  return loadConfig({ plugins: builtInPlugins, file: config, env, flags })
}
