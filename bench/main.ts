import { inspect } from 'node:util'
import { readCommandLine } from './command-line.ts'
import { compare } from './compare.ts'
import { loadTest } from './front-door/load-test.ts'
import { UsageError } from './usage-error.ts'

/** `npm run bench`: measures, and ends with a code that says how it went. */
const abort = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    console.error('\nstopping; what was measured so far is told')
    abort.abort()
  })
}
process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  const options = readCommandLine(words)
  const to = {
    out: (line: string) => console.log(line),
    progress: process.stderr,
    signal: abort.signal
  }
  try {
    if (options.mode === 'said') return say(options.text, options.exitCode)
    if (options.mode === 'compare') return await compare(options, to)
    return await loadTest(options, to, process.env['GATEWAY_ADMIN_TOKEN'] ?? '')
  } catch (error) {
    if (error instanceof UsageError) return say(error.message, 2)
    console.error(error instanceof Error ? error.message : inspect(error))
    if (process.env['DEBUG'] !== undefined) console.error(inspect(error))
    return abort.signal.aborted ? 130 : 1
  }
}

function say(text: string, exitCode: 0 | 2): number {
  if (exitCode === 0) console.log(text)
  else console.error(text)
  return exitCode
}
