import { setTimeout as sleep } from 'node:timers/promises'
import { failureOf } from '../lab/process.ts'
import type { Host, RunOptions } from '../lab.ts'

export interface AskOptions {
  /** user:password; given to curl by its input, never by its arguments. */
  readonly user?: string
  readonly headers?: readonly string[]
  readonly method?: string
  readonly body?: string
  /** A file with the authority to believe, seen from where the question is asked. */
  readonly authority?: string
}

export interface Asked {
  /** 0 when there was no answer. */
  readonly status: number
  readonly body: string
}

/** One HTTP question from a host of the lab; never throws. */
export async function ask(host: Host, url: string, options: AskOptions = {}): Promise<Asked> {
  const lines = [
    ...(options.user === undefined ? [] : [`user = "${options.user}"`]),
    ...(options.headers ?? []).map((header) => `header = "${header}"`),
    ...(options.method === undefined ? [] : [`request = "${options.method}"`]),
    ...(options.authority === undefined ? [] : [`cacert = "${options.authority}"`]),
    ...(options.body === undefined ? [] : [`data = ${JSON.stringify(options.body)}`])
  ]
  const command = ['curl', '--silent', '--max-time', '15', '--noproxy', '*', '--config', '-']
  const { stdout } = await host.run([...command, '--write-out', '\\n%{http_code}', url], {
    input: lines.join('\n')
  })
  const at = stdout.lastIndexOf('\n')
  return { status: Number(stdout.slice(at + 1)) || 0, body: stdout.slice(0, Math.max(0, at)) }
}

/** @throws Error with what was said, when the exit code is not 0 */
export async function must(
  host: Host,
  command: readonly string[],
  options: RunOptions = {}
): Promise<string> {
  const result = await host.run(command, options)
  if (result.code !== 0) throw new Error(`${host.name}: ${failureOf(command, result)}`)
  return result.stdout
}

/** The command of a shell, for what needs a pipe or a wildcard; `words` are its $0, $1 … */
export const shell = (script: string, ...words: readonly string[]): readonly string[] => [
  'bash',
  '-c',
  script,
  ...words
]

/**
 * Asks until `look` gives something other than undefined.
 *
 * @throws Error after `limitMs`, with the last reason `look` threw for, if it did
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  limitMs = 90_000
): Promise<T> {
  const deadline = Date.now() + limitMs
  let trouble = ''
  for (;;) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      trouble = `: ${error instanceof Error ? error.message : String(error)}`
    }
    if (Date.now() > deadline) throw new Error(`not within ${limitMs / 1000} s: ${what}${trouble}`)
    await sleep(250)
  }
}

/** @throws Error with the sentence when the claim does not hold */
export function expect(claim: boolean, sentence: string): void {
  if (!claim) throw new Error(sentence)
}
