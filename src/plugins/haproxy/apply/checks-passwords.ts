import { execFile } from 'node:child_process'

const LIMIT_MS = 10_000

/**
 * Whether a program `haproxy` can check password hashes. True as well when it does not run: its start
 * will say why.
 */
export function checksPasswords(binary: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(binary, ['-vv'], { timeout: LIMIT_MS }, (error, stdout) => {
      resolve(error !== null || !/^Encrypted password support via crypt\(3\): no/m.test(stdout))
    })
  })
}
