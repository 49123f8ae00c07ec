import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAgent } from './agent.ts'
import { type Daemon, readFlags, required } from './flags.ts'
import { runMaster } from './master.ts'

const daemons = { master: runMaster, agent: runAgent } satisfies Record<Daemon, unknown>

const log = (line: string) => void process.stdout.write(`${line}\n`)

/** How it was started, for the rehearsal to look at; holds secrets when the arguments do. */
function recordLaunch(folder: string, words: readonly string[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const launch = { arguments: words, environment: process.env, uid: process.getuid?.() }
  writeFileSync(join(folder, 'launch.json'), JSON.stringify(launch), { mode: 0o600 })
}

const [daemon = '', ...words] = process.argv.slice(2)
if (!Object.hasOwn(daemons, daemon)) throw new Error('usage: main.js master|agent [--flag=value]…')
try {
  const flags = readFlags(daemon as Daemon, words, process.env)
  recordLaunch(required(flags.get('work_dir'), 'work_dir'), words)
  await daemons[daemon as Daemon](flags, log)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
