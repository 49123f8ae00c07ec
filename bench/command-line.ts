import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { OWN_PROGRAM } from './peers/gateway.ts'

/** Compare proxies on this machine. */
export interface CompareOptions {
  readonly mode: 'compare'
  readonly quick: boolean
  /** Ids; empty: all. */
  readonly scenarios: readonly string[]
  readonly peers: readonly string[]
  readonly rounds: number | undefined
  readonly seconds: number | undefined
  readonly gateway: string
  readonly json: string | undefined
  readonly page: boolean
  readonly list: boolean
  readonly profile: boolean
}

/** Send load to a front door that runs. */
export interface LoadTestOptions {
  readonly mode: 'load-test'
  readonly url: URL
  readonly host: string
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  readonly admin: URL | undefined
  readonly json: string | undefined
}

export type Options = CompareOptions | LoadTestOptions

/** What isn't run: the help that was asked for, or one sentence about a wrong command line. */
export interface Refusal {
  readonly mode: 'said'
  readonly text: string
  readonly exitCode: 0 | 2
}

interface Given {
  readonly quick?: true
  readonly scenarios?: readonly string[]
  readonly peers?: readonly string[]
  readonly rounds?: number
  readonly seconds?: number
  readonly gateway?: string
  readonly json?: string
  readonly page?: true
  readonly list?: true
  readonly profile?: true
  readonly url?: URL
  readonly host?: string
  readonly rate?: number
  readonly duration?: number
  readonly connections?: number
  readonly admin?: URL
}

const EXAMPLES = `
Examples:
  npm run bench -- --quick                       under a minute: is it faster than before?
  npm run bench                                  everything that is installed, about 20 minutes
  npm run bench -- --page                        and write docs/benchmarks.md with its plots
  npm run bench -- --scenarios small,large --peers haproxy,gateway-full --rounds 7
  npm run bench -- --profile --scenarios small --peers gateway-wire --rounds 1 --seconds 10
  npm run bench -- --list                        names of scenarios and proxies, and what is installed
  npm run bench -- --url http://localhost:8888 --host myapp.local --rate 2000 --duration 30s --admin http://127.0.0.1:9090

Only ratios within one run mean something: another machine, or the same one while it is busy, gives other
figures. CPU time per request is the steadiest of them. ± is half of the distance between the best and the
worst round.

Exit codes: 0 well, 1 a proxy or a request failed, 2 usage, 130 interrupted.`

/** Reads the words after `npm run bench --`. Pure: it opens and prints nothing. */
export function readCommandLine(words: readonly string[]): Options | Refusal {
  let said = ''
  const command = createCommand((text) => {
    said += text
  })
  try {
    command.parse(words, { from: 'user' })
    return optionsOf(command)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    const text = said.replace(/^error: /, '').trim()
    return { mode: 'said', text, exitCode: error.exitCode === 0 ? 0 : 2 }
  }
}

function createCommand(say: (text: string) => void): Command {
  return new Command('npm run bench --')
    .usage('[options]')
    .description(
      'Compares this gateway with other proxies on this machine, or, with --url, sends load to a front door that runs.'
    )
    .option('--quick', 'under a minute: few proxies, short rounds')
    .option('--scenarios <ids>', 'only these, separated by commas', list)
    .option('--peers <ids>', 'only these proxies, separated by commas', list)
    .option('--rounds <number>', 'rounds of each scenario', wholeNumber(1, 100))
    .option('--seconds <number>', 'length of each measurement', wholeNumber(1, 600))
    .option('--gateway <file>', 'program of another build of the gateway')
    .option('--json <file>', 'write every sample and summary to this file')
    .option('--page', 'write docs/benchmarks.md and its plots')
    .option('--list', 'tell what can be measured, and measure nothing')
    .option('--profile', 'tell where those that are Node spend their time; costs some itself')
    .option('--url <address>', 'load test: the front door, http://gateway or with a path', address)
    .option('--host <name>', 'load test: Host of the requests (default: that of --url)', hostName)
    .option(
      '--rate <number>',
      'load test: requests per second (default: 500)',
      wholeNumber(1, 100_000)
    )
    .option('--duration <time>', 'load test: how long, such as 30s or 5m (default: 30s)', duration)
    .option(
      '--connections <number>',
      'load test: most of them (default: 128)',
      wholeNumber(1, 10_000)
    )
    .option(
      '--admin <address>',
      'load test: admin side, to tell how the table changed; its token is taken from GATEWAY_ADMIN_TOKEN',
      address
    )
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({
      writeOut: say,
      writeErr: say,
      outputError: (text, write) => write(text.replaceAll('\n', ' '))
    })
}

const COMPARE_ONLY = [
  'quick',
  'scenarios',
  'peers',
  'rounds',
  'seconds',
  'gateway',
  'page',
  'list',
  'profile'
]
const LOAD_TEST_ONLY = ['host', 'rate', 'duration', 'connections', 'admin']

function optionsOf(command: Command): Options {
  const given = command.opts<Given>()
  const isSet = (name: string) => Reflect.get(given, name) !== undefined
  if (given.url === undefined) {
    const stray = LOAD_TEST_ONLY.find(isSet)
    if (stray !== undefined) command.error(`--${stray} belongs to a load test: say --url, too`)
    return compareOptions(given)
  }
  const stray = COMPARE_ONLY.find(isSet)
  if (stray !== undefined) command.error(`--${stray} does not go with --url`)
  return loadTestOptions(given, given.url)
}

function compareOptions(given: Given): CompareOptions {
  const { scenarios = [], peers = [], rounds, seconds, gateway = OWN_PROGRAM, json } = given
  const { quick = false, page = false, list = false, profile = false } = given
  const switches = { quick, page, list, profile }
  return { mode: 'compare', scenarios, peers, rounds, seconds, gateway, json, ...switches }
}

function loadTestOptions(given: Given, url: URL): LoadTestOptions {
  const { host = url.host, rate = 500, duration = 30, connections = 128, admin, json } = given
  return { mode: 'load-test', url, host, rate, seconds: duration, connections, admin, json }
}

function list(text: string): string[] {
  return text.split(',').filter((name) => name !== '')
}

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** Seconds of a time with its unit. */
function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? []
  const seconds = Number(digits) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1)
  if (seconds >= 1) return seconds
  throw new InvalidArgumentError('Expected a time such as 30s, 5m or 1h.')
}

function address(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url?.protocol === 'http:' && url.username === '' && url.hash === ''
  if (url !== undefined && plain) return url
  throw new InvalidArgumentError('Expected an address such as http://gateway:8888.')
}

function hostName(text: string): string {
  if (/^[A-Za-z0-9.:[\]_-]{1,260}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a host such as myapp.local.')
}
