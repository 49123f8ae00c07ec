import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { mustRun } from './lab/process.ts'
import { sweepAbandoned } from './lab/sweep.ts'
import { networkOfHost, tracesOf } from './lab/traces.ts'
import type { Report } from './report.ts'
import { exitNumbers } from './until-signal.ts'

/** When a rehearsal is interrupted, by the line that says how far it is, and how. */
const interruptions = [
  { when: 'entered', signal: 'SIGINT' },
  { when: 'booting', signal: 'SIGTERM' },
  { when: 'running', signal: 'SIGHUP' },
  { when: 'booting', signal: 'SIGKILL' },
  { when: 'running', signal: 'SIGKILL' }
] as const

const limitMs = 90_000

/** Interrupts labs of its own in several ways and at several moments; each may leave nothing on this host. */
export async function interruptionChecks(report: Report, cache: string): Promise<void> {
  for (const { when, signal } of interruptions) {
    await report.check(
      `a rehearsal ended by ${signal} while ${when} leaves nothing`,
      'real',
      async () => {
        const before = await networkOfHost()
        const { id, child } = await labAt(when)
        const exited = once(child, 'exit')
        child.kill(signal)
        expectExit(signal, await exited)
        await untilGone(cache, id)
        if ((await networkOfHost()) !== before) throw new Error("the host's network is changed")
      }
    )
  }
  await report.check(
    'what even the guardian could not remove goes with the next rehearsal',
    'real',
    async () => {
      const { id, child } = await labAt('running')
      const exited = once(child, 'exit')
      await killGuardian(id)
      child.kill('SIGKILL')
      await exited
      await sweepAbandoned(cache)
      await untilGone(cache, id)
    }
  )
}

/** @throws Error when the program did not end as one that was interrupted in order */
function expectExit(signal: NodeJS.Signals, [code, by]: readonly unknown[]): void {
  const number = Object.entries(exitNumbers).find(([name]) => name === signal)?.[1]
  const expected = number === undefined ? signal : 128 + number
  if ((code ?? by) !== expected) throw new Error(`it ended with ${code ?? by}, not ${expected}`)
}

/** A lab in a program of its own that has got as far as `when`. */
async function labAt(when: string): Promise<{ id: string; child: ChildProcess }> {
  const program = join(import.meta.dirname, 'interrupted.ts')
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const lines = createInterface({ input: child.stdout })
  let id = ''
  for await (const line of lines) {
    const [event = '', value = ''] = line.split(' ')
    if (event === 'entered') id = value
    if (event === when) return { id, child }
  }
  throw new Error(`the rehearsal ended before it was ${when}`)
}

async function killGuardian(id: string): Promise<void> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const command = await mustRun(['sh', '-c', 'tr "\\0" " " </proc/$1/cmdline || :', 'sh', pid])
    if (command.includes('guardian.ts') && command.includes(id))
      process.kill(Number(pid), 'SIGKILL')
  }
}

/** @throws Error that names what is still there after all the time there is */
async function untilGone(cache: string, id: string): Promise<void> {
  let left: string[] = []
  for (let waited = 0; waited < limitMs; waited += 200) {
    left = await tracesOf(cache, id)
    if (left.length === 0) return
    await pause(200)
  }
  throw new Error(`still there:\n${left.join('\n')}`)
}
