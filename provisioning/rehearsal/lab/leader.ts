import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'

const limitMs = 60_000

/**
 * The first process of a machine, as this host numbers it: among what `child` started, at any depth, the
 * one that is number 1 one level deeper than the namespaces of the lab.
 *
 * @throws Error when `child` ends before there is one
 */
export async function leaderOf(child: ChildProcess): Promise<number> {
  for (let waited = 0; waited < limitMs; waited += 20) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`systemd-nspawn ended with ${child.exitCode ?? child.signalCode}`)
    }
    for (const pid of await descendants(child.pid ?? 0)) {
      if (await isFirst(pid)) return pid
    }
    await pause(20)
  }
  throw new Error('systemd-nspawn started no machine')
}

async function descendants(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const children = text
    .split(' ')
    .filter((part) => part.trim() !== '')
    .map(Number)
  const below = await Promise.all(children.map((child) => descendants(child)))
  return [...children, ...below.flat()]
}

/** Numbered once here, once in the lab and, as 1, once in the machine. */
async function isFirst(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const numbers = status.match(/^NSpid:\s*(.*)$/m)?.[1]?.split(/\s+/) ?? []
  return numbers.length >= 3 && numbers.at(-1) === '1'
}
