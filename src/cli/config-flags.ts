import { type Command, Option } from 'commander'
import { configSchema } from '../gateway/config/config-schema.ts'
import { type Leaf, leavesOf } from '../gateway/config/leaves.ts'
import { type Config, loadConfig } from '../gateway/config/load-config.ts'
import { choicesOf, type SchemaNode } from '../gateway/config/schema-node.ts'
import { builtInPlugins } from './built-in-plugins.ts'
import { CommandError, type Context, exitCodes } from './context.ts'

/** Short flags for what is said most often. */
const SHORT_FLAGS: Readonly<Record<string, string>> = {
  '--marathon': '--marathon-urls',
  '--port': '--proxy-port',
  '--admin-port': '--admin-port',
  '--domain': '--routing-domains'
}

/** How a user sees an option: the shortest flag, and its name in the file. */
export function optionName(path: readonly string[]): string {
  const name = path.join('.')
  const leaf = leavesOf(configSchema(builtInPlugins)).find((one) => one.path.join('.') === name)
  const short = Object.entries(SHORT_FLAGS).find(([, long]) => long === leaf?.flag)?.[0]
  return `${short ?? leaf?.flag ?? leaf?.variable ?? ''} (${name})`
}

/** Adds `--config` and a flag for every option of the configuration that has one. */
export function addConfigFlags(command: Command): Command {
  const leaves = leavesOf(configSchema(builtInPlugins))
  command.option('-c, --config <file>', 'configuration file in YAML or JSON')
  for (const [short, long] of Object.entries(SHORT_FLAGS)) {
    const leaf = leaves.find(({ flag }) => flag === long)
    if (leaf !== undefined && short !== long) command.addOption(optionOf(short, leaf))
  }
  for (const leaf of leaves) {
    const group = `Options of ${leaf.path[0]}:`
    if (leaf.flag === undefined) command.addOption(refusedSecret(leaf))
    else command.addOption(optionOf(leaf.flag, leaf).helpGroup(group))
  }
  return command
}

/** The configuration that a command with these flags was given. @throws ConfigError */
export function configOf(
  command: Command,
  file: string | undefined,
  { env }: Context
): Promise<Config> {
  return loadConfig({ plugins: builtInPlugins, file, env, flags: flagWords(command) })
}

/** Words of the command line by the long flag's name, as `loadConfig` takes them. */
function flagWords(command: Command): ReadonlyMap<string, string> {
  const words = new Map<string, string>()
  for (const option of command.options) {
    const { long } = option
    const value: unknown = command.getOptionValue(option.attributeName())
    if (long === undefined || long === null || typeof value !== 'string') continue
    words.set(SHORT_FLAGS[long] ?? long, value)
  }
  return words
}

function optionOf(flag: string, { node }: Leaf): Option {
  const option = new Option(`${flag} ${placeholderOf(node)}`, describe(node))
  // A list may be said in one word with commas, or flag by flag.
  if (node.type === 'array') {
    option.argParser((text: string, before: unknown) =>
      typeof before === 'string' ? `${before},${text}` : text
    )
  }
  if (node.type === 'boolean') option.preset('true')
  return option
}

function describe(node: SchemaNode): string {
  const value = Array.isArray(node.default) ? node.default.join(',') : String(node.default ?? '')
  return `${node.description ?? ''}${value === '' ? '' : ` Default: ${value}.`}`
}

function placeholderOf(node: SchemaNode): string {
  if (node.type === 'boolean') return '[true|false]'
  if (node.type === 'array') return '<list>'
  if (node.duration === true) return '<time>'
  if (node.file === true) return '<file>'
  if (node.type === 'integer' || node.type === 'number') return '<number>'
  return choicesOf(node) === undefined ? '<text>' : '<name>'
}

/** Says where a secret belongs, instead of “unknown option”. */
function refusedSecret({ path, variable }: Leaf): Option {
  const flag = `--${variable.slice('GATEWAY_'.length).toLowerCase().replaceAll('_', '-')}`
  return new Option(`${flag} <text>`).hideHelp().argParser(() => {
    const reason = `${flag}: everybody can read the command line; set ${variable} or ${path.join('.')} in the file`
    throw new CommandError([reason], exitCodes.usage)
  })
}
