import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

export interface SwitchTask {
  /** Runs a server that answers every path with the status in the switch; new tasks read it too. */
  readonly cmd: string
  /** Sets the status of one path for all tasks, from their next answer on. */
  set(path: string, status: number): void
}

const SERVER = `
const { readFileSync } = require('node:fs')
require('node:http').createServer((request, response) => {
  const all = JSON.parse(readFileSync(process.argv[2], 'utf8'))
  response.statusCode = all[request.url] ?? 200
  response.end('status ' + response.statusCode)
}).listen(process.env.PORT, process.env.HOST)
process.on('SIGTERM', () => process.exit(0))
`

/** A task whose answers a test turns on and off. */
export function switchTask(
  t: TestContext,
  first: Readonly<Record<string, number>> = {}
): SwitchTask {
  const folder = mkdtempSync(join(tmpdir(), 'switch-task-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const state: Record<string, number> = { ...first }
  const [script, file] = [join(folder, 'server.cjs'), join(folder, 'state.json')]
  const write = () => writeFileSync(file, JSON.stringify(state))
  writeFileSync(script, SERVER)
  write()
  return {
    cmd: `exec node ${script} ${file}`,
    set(path, status) {
      state[path] = status
      write()
    }
  }
}
