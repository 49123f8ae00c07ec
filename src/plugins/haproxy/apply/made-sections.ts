import { deleteBackendCommands, isBackendDeleted, publishBackendCommand } from './commands.ts'
import { type CommandLine, type Refusal, runCommands } from './perform.ts'
import type { Running } from './running.ts'

/** Sections that HAProxy made at run time, and what becomes of those that nobody needs any more. */
export interface MadeSections {
  /**
   * Deletes those that nothing leads to once they have neither servers nor requests; the state without
   * them. @param indirection name of the map that leads to sections
   * @throws RuntimeSocketError
   */
  reap(
    line: CommandLine,
    running: Running,
    indirection: string | undefined,
    now: number
  ): Promise<Running>
  /** When to look again; infinity when there are none to delete. */
  nextAt(): number
  forgetAll(): void
}

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 5_000
/** Leaves room for the name of the `defaults` section in what HAProxy is told. */
const LONGEST_NAME = 150

/**
 * A name for the section of a backend; it also names the `defaults` section, which HAProxy does not tell,
 * for the gateway that adopts this HAProxy. No name of a backend holds `__` before that of a section.
 */
export function madeName(
  { name, defaults }: { readonly name: string; readonly defaults: string },
  taken: { has(name: string): boolean }
): string {
  const first = `${name.slice(0, LONGEST_NAME)}__${defaults}`
  for (let twin = 1; ; twin += 1) {
    const made = twin === 1 ? first : `${first}:${twin}`
    if (!taken.has(made)) return made
  }
}

/** The state with the made sections that HAProxy has, of the names that `show backend` tells. */
export function withMadeSections(known: Running, names: readonly string[]): Running {
  const seen = new Set(names)
  const kept = [...known.backends].filter(([name, { made }]) => made !== true || seen.has(name))
  const backends = new Map(kept)
  for (const name of names) {
    if (backends.has(name)) continue
    const kind = known.defaults?.get(defaultsOf(name))
    if (kind !== undefined) backends.set(name, { name, kind, servers: new Map(), made: true })
  }
  return { ...known, backends }
}

function defaultsOf(made: string): string {
  return made.slice(made.lastIndexOf('__') + 2).replace(/:\d+$/, '')
}

/** The state without the sections that HAProxy refused to make. */
export function withoutUnmade(after: Running, refusals: readonly Refusal[]): Running {
  const unmade = new Set(
    refusals.flatMap(({ step }) => (step.do === 'add-backend' ? [step.backend] : []))
  )
  if (unmade.size === 0) return after
  return { ...after, backends: new Map([...after.backends].filter(([name]) => !unmade.has(name))) }
}

/** Who made them may have ended before he made them public. @throws RuntimeSocketError */
export async function publishMade(line: CommandLine, { backends }: Running): Promise<void> {
  const made = [...backends.values()].filter((section) => section.made === true)
  await runCommands(
    line,
    made.map(({ name }) => publishBackendCommand(name))
  )
}

export function createMadeSections(): MadeSections {
  const waiting = new Map<string, { nextAt: number; pauseMs: number }>()

  /** @returns those that are gone; the others wait for their last requests */
  async function tryDelete(line: CommandLine, names: readonly string[], now: number) {
    const planned = names.map(deleteBackendCommands)
    const answers = [...(await runCommands(line, planned.flat()))]
    return names.filter((name, at) => {
      const isGone = isBackendDeleted(answers.splice(0, planned[at]?.length))
      const { pauseMs = FIRST_PAUSE_MS } = waiting.get(name) ?? {}
      const longer = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
      if (isGone) waiting.delete(name)
      else waiting.set(name, { nextAt: now + pauseMs, pauseMs: longer })
      return isGone
    })
  }

  return {
    async reap(line, running, indirection, now) {
      const unused = unusedSections(running, indirection)
      for (const name of waiting.keys()) if (!unused.has(name)) waiting.delete(name)
      const due = [...unused].filter((name) => (waiting.get(name)?.nextAt ?? now) <= now)
      if (due.length === 0) return running
      const backends = new Map(running.backends)
      for (const name of await tryDelete(line, due, now)) backends.delete(name)
      return { ...running, backends }
    },
    nextAt() {
      let earliest = Number.POSITIVE_INFINITY
      for (const { nextAt } of waiting.values()) earliest = Math.min(earliest, nextAt)
      return earliest
    },
    forgetAll: () => waiting.clear()
  }
}

/** Made sections that nothing leads to and whose servers have gone. */
function unusedSections(running: Running, indirection: string | undefined): ReadonlySet<string> {
  const empty: string[] = []
  for (const { name, made, servers } of running.backends.values()) {
    if (made === true && servers.size === 0) empty.push(name)
  }
  if (empty.length === 0) return new Set()
  const used = new Set(running.maps.get(indirection ?? '')?.values())
  return new Set(empty.filter((name) => !used.has(name)))
}
