import { findProgram } from '../find-program.ts'
import { runToEnd } from '../running-process.ts'

/** The first thing in a program's words that looks like a version; undefined without the program. */
export async function programVersion(
  name: string,
  args: readonly string[]
): Promise<string | undefined> {
  const program = findProgram(name)
  if (program === undefined) return undefined
  const script = [name, ...args].join(' ')
  // Some say it on standard error.
  const text = await runToEnd({ program: 'sh', args: ['-c', `"$0" "$@" 2>&1`, program, ...args] })
  const version = /\d+\.\d+(\.\d+)?/.exec(text)?.[0]
  if (version === undefined) throw new Error(`${script} does not tell a version`)
  return version
}
