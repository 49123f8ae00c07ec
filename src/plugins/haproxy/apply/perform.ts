import {
  commandsOf,
  commitMapCommand,
  type ExpectedCommand,
  fillMapCommands,
  prepareMapCommand,
  versionOf
} from './commands.ts'
import { encodeCommand, type RuntimeCommand, UnsafeWordError } from './runtime-command.ts'
import type { RuntimeSocket } from './runtime-socket.ts'
import type { Step } from './step.ts'

/** A step HAProxy did not take: which, and what it said. */
export interface Refusal {
  readonly step: Step
  readonly reason: string
}

/** Where and how commands are run. */
export interface CommandLine {
  readonly socket: RuntimeSocket
  /** Where the files are: HAProxy knows maps by their path. */
  readonly folder: string
  /** Say `experimental-mode on` first. */
  readonly experimental: boolean
}

type PlainStep = Exclude<Step, { do: 'replace-map' }>

/**
 * Brings the steps into force, in order. One that is refused holds up no other.
 * @throws RuntimeSocketError when the socket itself fails; some steps may be done then
 */
export async function perform(line: CommandLine, steps: readonly Step[]): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  let waiting: PlainStep[] = []
  for (const step of steps) {
    if (step.do !== 'replace-map') {
      waiting.push(step)
      continue
    }
    refusals.push(...(await performPlain(line, waiting)), ...(await replaceMap(line, step)))
    waiting = []
  }
  return [...refusals, ...(await performPlain(line, waiting))]
}

/** Runs the commands over one connection; one answer each. @throws RuntimeSocketError */
export async function runCommands(
  { socket, experimental }: CommandLine,
  commands: readonly RuntimeCommand[]
): Promise<readonly string[]> {
  if (commands.length === 0 || !experimental) return socket.run(commands)
  const answers = await socket.run([{ words: ['experimental-mode', 'on'] }, ...commands])
  return answers.slice(1)
}

async function performPlain(line: CommandLine, steps: readonly PlainStep[]): Promise<Refusal[]> {
  const refusals: Refusal[] = []
  const planned: { step: Step; command: ExpectedCommand }[] = []
  for (const step of steps) {
    const commands = encodable(() => commandsOf(step, line.folder))
    if (typeof commands === 'string') refusals.push({ step, reason: commands })
    else planned.push(...commands.map((command) => ({ step, command })))
  }
  const answers = await runCommands(
    line,
    planned.map(({ command }) => command)
  )
  for (const [at, { step, command }] of planned.entries()) {
    const answer = answers[at] ?? ''
    if (!command.expect.test(answer)) refusals.push({ step, reason: firstLine(answer) })
  }
  return refusals
}

/** All entries at one moment: they are added to a version nobody sees, then that is committed. */
async function replaceMap(
  line: CommandLine,
  step: Extract<Step, { do: 'replace-map' }>
): Promise<Refusal[]> {
  const prepare = encodable(() => [prepareMapCommand(line.folder, step.map)])
  if (typeof prepare === 'string') return [{ step, reason: prepare }]
  const [prepared = ''] = await runCommands(line, prepare)
  const version = versionOf(prepared)
  if (version === undefined) return [{ step, reason: firstLine(prepared) }]
  const fill = encodable(() => fillMapCommands(line.folder, step.map, version, step.entries))
  if (typeof fill === 'string') return [{ step, reason: fill }]
  const answers = await runCommands(line, fill)
  const wrong = answers.find((answer) => answer !== '')
  if (wrong !== undefined) return [{ step, reason: firstLine(wrong) }]
  const [committed = ''] = await runCommands(line, [
    commitMapCommand(line.folder, step.map, version)
  ])
  return committed === '' ? [] : [{ step, reason: firstLine(committed) }]
}

/** The commands, or why they can't be written to the socket. */
function encodable(make: () => ExpectedCommand[]): ExpectedCommand[] | string {
  try {
    const commands = make()
    for (const command of commands) encodeCommand(command)
    return commands
  } catch (error) {
    if (error instanceof UnsafeWordError) return error.message
    throw error
  }
}

function firstLine(answer: string): string {
  const [line = ''] = answer.split('\n')
  return line === '' ? 'HAProxy gave no answer' : line.slice(0, 300)
}
