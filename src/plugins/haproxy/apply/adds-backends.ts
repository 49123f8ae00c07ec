import { execFile } from 'node:child_process'

const LIMIT_MS = 10_000
const MAX_BYTES = 1_000_000

/**
 * Whether a program `haproxy` lists `add backend` among the commands of its sockets, as 3.4 does; false
 * when it lists none (before 2.6) or does not run. Once it runs, its socket is asked (`capabilities.ts`).
 */
export function addsBackends(binary: string): Promise<boolean> {
  const words = ['-dKcli', '-q', '-c', '-f', '/dev/null']
  return new Promise((resolve) => {
    execFile(binary, words, { timeout: LIMIT_MS, maxBuffer: MAX_BYTES }, (_error, stdout) => {
      resolve(/^add backend\b/m.test(stdout))
    })
  })
}
