import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Command } from './running-process.ts'

/** Share of the CPU time that one function itself takes, without those it calls. */
export interface SelfTime {
  /** `parseHead request-head.js:34`, or a name of V8's such as `(garbage collector)`. */
  readonly name: string
  /** 0 to 1, of the time in which the process worked. */
  readonly share: number
}

/** The part of a `.cpuprofile` that is used. Times are in microseconds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const IDLE = '(idle)'
const MOST = 20

/** The same command with a profile of V8 in this folder, written at the end; other programs as they are. */
export function profiled(command: Command, folder: string): Command {
  if (command.program !== process.execPath) return command
  return { ...command, args: ['--cpu-prof', `--cpu-prof-dir=${folder}`, ...command.args] }
}

/** Functions by their own time, the longest first. */
export function selfTimes(profile: CpuProfile): SelfTime[] {
  const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [at, node] of profile.samples.entries()) {
    const name = names.get(node) ?? '(unknown)'
    if (name !== IDLE) times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas[at] ?? 0))
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return [...times]
    .map(([name, time]) => ({ name, share: total === 0 ? 0 : time / total }))
    .sort((a, b) => b.share - a.share)
}

/** Lines for a terminal: where the time went, of all profiles in a folder; none without a profile. */
export function profileLines(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))
  return files.flatMap((file) => {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
    return selfTimes(profile)
      .slice(0, MOST)
      .map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} %  ${name}`)
  })
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']) {
  if (url === '') return functionName === '' ? '(native)' : functionName
  const name = functionName === '' ? '(anonymous)' : functionName
  return `${name} ${url.startsWith('node:') ? url : basename(url)}:${lineNumber + 1}`
}
