import type { Command } from 'commander'
import { loadConfig } from '../gateway/config/load-config.ts'
import { builtInPlugins } from './built-in-plugins.ts'
import { addConfigFlags, flagWords } from './config-flags.ts'
import type { Context } from './context.ts'
import { loadPlugins } from './load-plugins.ts'

export const checkExamples = [
  'check --config gateway.yaml',
  'check --marathon http://marathon:8080'
]

/** Validates configuration and plugins without starting anything. */
export function addCheck(program: Command, context: Context): void {
  const command = program
    .command('check')
    .summary('validate configuration and plugins without starting')
    .description(
      'Validates the configuration and loads the plugins it names, without starting anything. Says all that is wrong, one line each with file, line and option; exit code 1 then.'
    )
  addConfigFlags(command).action(async (options: { config?: string }) => {
    const config = await loadConfig({
      plugins: builtInPlugins,
      file: options.config,
      env: context.env,
      flags: flagWords(command)
    })
    await loadPlugins(config)
    context.out(`${options.config ?? context.env['GATEWAY_CONFIG'] ?? 'configuration'}: ok`)
  })
}
