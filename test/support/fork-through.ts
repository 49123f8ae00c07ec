import { type ChildProcess, fork } from 'node:child_process'

/**
 * A process of ours that another program starts, such as one that keeps it to some cores.
 *
 * @param starter that program and its words, before Node's; none: Node itself
 */
export function forkThrough(
  starter: readonly string[],
  module: URL,
  flags: readonly string[] = []
): ChildProcess {
  const execArgv = ['--import', 'tsx', ...flags]
  const [program, ...words] = starter
  if (program === undefined) return fork(module, { execArgv })
  return fork(module, { execPath: program, execArgv: [...words, process.execPath, ...execArgv] })
}
