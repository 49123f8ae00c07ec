import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * Words of the command line of a script. What is not understood is told in a sentence, and the process ends with 2.
 *
 * @param help told for `--help`, and then the process ends
 */
export function readWords<const Config extends ParseArgsConfig>(
  help: string,
  config: Config
): ReturnType<typeof parseArgs<Config>> {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    process.stdout.write(help)
    process.exit()
  }
  try {
    return parseArgs(config)
  } catch (error) {
    return refuse((error as Error).message)
  }
}

/** Also as in 1e6. */
export function wholeNumber(
  name: string,
  text: string,
  least = 1,
  most = Number.MAX_SAFE_INTEGER
): number {
  const value = /^\d+(\.\d+)?(e\d)?$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  const upTo = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`
  return refuse(`${name} ${text}: expected a whole number from ${least}${upTo}, such as 300 or 1e6`)
}

/** One of the choices, or all of them for `both`. */
export function oneOrBoth<Choice extends string>(
  name: string,
  text: string,
  choices: readonly [Choice, Choice]
): readonly Choice[] {
  return text === 'both' ? choices : [oneOf(name, text, [...choices, 'both']) as Choice]
}

export function oneOf<Choice extends string>(
  name: string,
  text: string,
  choices: readonly Choice[]
): Choice {
  const choice = choices.find((one) => one === text)
  return choice ?? refuse(`${name} ${text}: expected ${choices.join(' or ')}`)
}

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`)
  process.exit(2)
}
