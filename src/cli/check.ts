import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { ConfigError } from '../gateway/config/config-error.ts'
import type { Config } from '../gateway/config/load-config.ts'
import { parseRoutesFile } from '../plugins/file/parse-file.ts'
import { addConfigFlags, configOf } from './config-flags.ts'
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
    const config = await configOf(command, options.config, context)
    await loadPlugins(config)
    await checkRoutesFile(config)
    context.out(`${options.config ?? context.env['GATEWAY_CONFIG'] ?? 'configuration'}: ok`)
  })
}

/** A running gateway keeps its last good routes; a broken file is better found before. */
async function checkRoutesFile(config: Config): Promise<void> {
  const path: unknown = Reflect.get(Object(config.sections['file']), 'path')
  if (typeof path !== 'string' || path === '') return
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'no such file' : `can't be read (${code})`
    const line = `${config.placeOf(['file', 'path'])}: file.path: ${path}: ${reason}`
    throw new ConfigError([line], { cause })
  }
  parseRoutesFile('file', path, text, 0)
}
