import { dirname, resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'
import type { TObject } from 'typebox'
import { Value } from 'typebox/value'
import type { GatewayPlugin } from '../plugin.ts'
import { checkValue } from './check-value.ts'
import { ConfigError, faultLine } from './config-error.ts'
import { type ConfigFile, readConfigFile } from './config-file.ts'
import { configSchema } from './config-schema.ts'
import { type CoreConfig, coreSchema, coreSections } from './core-schema.ts'
import { type Leaf, leavesOf, valueOfText } from './leaves.ts'

export interface ConfigInput {
  /** Plugins that have a section of their own. */
  readonly plugins: readonly GatewayPlugin[]
  /** Path of the configuration file; without it the variable `GATEWAY_CONFIG` names it, or there is none. */
  readonly file?: string | undefined
  /** Variables; those that begin with `GATEWAY_` count. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Words of the command line by the flag's name, `--routing-domains`. */
  readonly flags?: ReadonlyMap<string, string>
}

/** A complete configuration: each option has a value that fits. */
export interface Config {
  readonly core: CoreConfig
  /** Options of each plugin, by its name. */
  readonly sections: Readonly<Record<string, unknown>>
  /** Folder that relative paths of the configuration are meant from. */
  readonly folder: string
  /** Where an option was said: `gateway.yaml:7`, `GATEWAY_LOG_LEVEL`, `--port`. */
  placeOf(path: readonly string[]): string
}

/** A word from outside the file, and how it was named there. */
interface Word {
  readonly leaf: Leaf
  readonly text: string
  readonly name: string
}

const PREFIX = 'GATEWAY_'
const FILE_VARIABLE = 'GATEWAY_CONFIG'

/**
 * Puts a configuration together. A flag wins over a variable, a variable over the file, and the file
 * over the default.
 * @throws ConfigError that tells all that is wrong, one line each
 */
export async function loadConfig(input: ConfigInput): Promise<Config> {
  const schema = configSchema(input.plugins)
  const leaves = leavesOf(schema)
  const path = input.file ?? (input.env?.[FILE_VARIABLE] || undefined)
  const file = path === undefined ? undefined : await readConfigFile(path)
  const env = input.env ?? {}
  const words = [...wordsOfEnv(leaves, env), ...wordsOfFlags(leaves, input.flags ?? new Map())]
  const given = overlay(withPaths(leaves, file), words)
  const { value, faults } = checkValue(schema, given)
  const lines = [
    ...unknownVariables(leaves, env),
    ...faults.map((fault) => faultLine(placeOf(fault.path, file, words), fault))
  ]
  if (lines.length > 0) throw new ConfigError(lines)
  return {
    ...split(value as Record<string, unknown>, schema),
    folder: folderOf(file),
    placeOf: (option) => placeOf(option, file, words)
  }
}

/**
 * The kernel's part of a configuration from a plain value, for programs that have no file.
 * @throws ConfigError that tells all that is wrong, one line each
 */
export function parseCoreConfig(input: unknown, where = 'configuration'): CoreConfig {
  const { value, faults } = checkValue(coreSchema, input)
  if (faults.length === 0 && Value.Check(coreSchema, value)) return value
  throw new ConfigError(faults.map((fault) => faultLine(where, fault)))
}

function split(value: Record<string, unknown>, schema: TObject): Pick<Config, 'core' | 'sections'> {
  const pick = (keys: readonly string[]) =>
    Object.fromEntries(keys.map((key) => [key, value[key]] as const))
  const names = Object.keys(schema.properties).filter((key) => !Object.hasOwn(coreSections, key))
  return {
    core: pick(Object.keys(coreSections)) as unknown as CoreConfig,
    sections: pick(names)
  }
}

function wordsOfEnv(leaves: readonly Leaf[], env: NonNullable<ConfigInput['env']>): Word[] {
  return leaves.flatMap((leaf) => {
    const text = env[leaf.variable]
    return text === undefined ? [] : [{ leaf, text, name: leaf.variable }]
  })
}

function wordsOfFlags(leaves: readonly Leaf[], flags: ReadonlyMap<string, string>): Word[] {
  return leaves.flatMap((leaf) => {
    const text = leaf.flag === undefined ? undefined : flags.get(leaf.flag)
    return text === undefined ? [] : [{ leaf, text, name: leaf.flag ?? '' }]
  })
}

function unknownVariables(leaves: readonly Leaf[], env: NonNullable<ConfigInput['env']>): string[] {
  const known = [FILE_VARIABLE, ...leaves.map((leaf) => leaf.variable)]
  const given = Object.keys(env).filter((name) => name.startsWith(PREFIX))
  return given
    .filter((name) => !known.includes(name))
    .map((name) => `${name}: unknown variable; did you mean ${closest(name.slice(0, 100), known)}?`)
}

/** Words laid over the file's value; the last word of an option wins. */
function overlay(base: unknown, words: readonly Word[]): unknown {
  return words.reduce(
    (value, { leaf, text }) => put(value, leaf.path, valueOfText(leaf.node, text)),
    base
  )
}

function put(base: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return value
  const isSection = typeof base === 'object' && base !== null && !Array.isArray(base)
  const section = isSection ? (base as Record<string, unknown>) : {}
  return { ...section, [key]: put(section[key], rest, value) }
}

/** A relative path in a file is meant from the folder of that file. */
function withPaths(leaves: readonly Leaf[], file: ConfigFile | undefined): unknown {
  if (file === undefined) return {}
  return leaves
    .filter((leaf) => leaf.node.file === true)
    .reduce((value, { path }) => {
      const text = path.reduce<unknown>((at, key) => Object(at)[key], file.value)
      if (typeof text !== 'string' || text === '') return value
      return put(value, path, resolve(folderOf(file), text))
    }, file.value)
}

function folderOf(file: ConfigFile | undefined): string {
  return file === undefined ? resolve('.') : dirname(resolve(file.name))
}

function placeOf(
  path: readonly string[],
  file: ConfigFile | undefined,
  words: readonly Word[]
): string {
  const word = words.findLast(({ leaf }) => leaf.path.every((key, at) => path[at] === key))
  if (word !== undefined) return word.name
  if (file === undefined) return 'configuration'
  const line = file.lineOf(path)
  return line === undefined ? file.name : `${file.name}:${line}`
}
