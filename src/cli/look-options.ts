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

/** What these commands say of the table that they make from Marathon. */
interface TableOptions extends Pick<LookOptions, 'marathon' | 'domain' | 'config'> {
  readonly haproxyBinary?: string
}

/** The configuration to read Marathon with; undefined when a gateway is to be asked. */
export async function directConfig(
  options: TableOptions,
  context: Context
): Promise<Config | undefined> {
  return options.marathon === undefined ? undefined : lookConfig(options, context)
}

/** The configuration that a command with these options was given. @throws ConfigError */
export function lookConfig(
  { marathon, domain, config, haproxyBinary }: TableOptions,
  { env }: Context
): Promise<Config> {
  const flags = new Map<string, string>()
  if (marathon !== undefined) flags.set('--marathon-urls', marathon)
  if (domain !== undefined) flags.set('--routing-domains', domain)
  if (haproxyBinary !== undefined) flags.set('--haproxy-binary', haproxyBinary)
  return loadConfig({ plugins: builtInPlugins, file: config, env, flags })
}
