import { inspect } from 'node:util'
import { Command, CommanderError } from 'commander'
import { addCheck, checkExamples } from './check.ts'
import { CommandError, type Context, exitCodes } from './context.ts'
import { addDemo, demoExamples } from './demo.ts'
import { describeError } from './describe-error.ts'
import { addExplain, explainExamples } from './explain.ts'
import { addLetGo, letGoExamples } from './let-go.ts'
import { addMigrate, migrateExamples } from './migrate.ts'
import { programVersion } from './package-facts.ts'
import { addRender, renderExamples } from './render.ts'
import { addRoutes, routesExamples } from './routes.ts'
import { addRun, runExamples } from './run.ts'
import { addVerify, verifyExamples } from './verify.ts'
import { addWorker } from './worker.ts'

const NAME = 'marathon-gateway'

interface CommandEntry {
  readonly name: string
  readonly add: (program: Command, context: Context) => void
  /** Command lines without the program's name; each of them works. */
  readonly examples: readonly string[]
}

/** Every command, in the order of the help. */
export const commands: readonly CommandEntry[] = [
  { name: 'run', add: addRun, examples: runExamples },
  { name: 'demo', add: addDemo, examples: demoExamples },
  { name: 'check', add: addCheck, examples: checkExamples },
  { name: 'routes', add: addRoutes, examples: routesExamples },
  { name: 'explain', add: addExplain, examples: explainExamples },
  { name: 'let-go', add: addLetGo, examples: letGoExamples },
  { name: 'migrate', add: addMigrate, examples: migrateExamples },
  { name: 'render', add: addRender, examples: renderExamples },
  { name: 'verify', add: addVerify, examples: verifyExamples }
]

/** Runs a command line (without node and script) and gives its exit code. Never throws. */
export async function runProgram(args: readonly string[], context: Context): Promise<number> {
  const program = createProgram(context)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    return reportFailure(error, args, context)
  }
}

/** Says what went wrong, one plain line each, with the stack only if asked; gives the exit code. */
export function reportFailure(error: unknown, args: readonly string[], context: Context): number {
  for (const line of describeError(error)) context.err(line)
  if (isDebug(args, context)) context.err(inspect(error))
  return error instanceof CommandError ? error.exitCode : exitCodes.failed
}

function createProgram(context: Context): Command {
  const program = new Command(NAME)
    .description(
      'The front door of a Mesos/Marathon cluster: Host headers and paths to live tasks.'
    )
    .version(programVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .showSuggestionAfterError()
  prepare(program, context)
  for (const { add, examples } of commands) {
    add(program, context)
    const command = program.commands.at(-1)
    if (command === undefined) continue
    prepare(command, context)
    command.option('--debug', 'show the stack of a failure')
    command.addHelpText('after', `\n${examplesText(examples)}`)
  }
  addWorker(program)
  const first = commands.flatMap(({ examples }) => examples.slice(0, 1))
  program.addHelpText('after', `\n${examplesText(first)}\n\nExit codes: 0 well, 1 failed, 2 usage.`)
  return program
}

/** Errors are one line on standard error, and the process is not ended from inside. */
function prepare(command: Command, context: Context): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => context.out(text.trimEnd()),
    writeErr: (text) => context.err(text.trimEnd()),
    outputError: (text, write) =>
      write(
        text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')
      )
  })
}

function examplesText(examples: readonly string[]): string {
  return ['Examples:', ...examples.map((example) => `  ${NAME} ${example}`)].join('\n')
}

function isDebug(args: readonly string[], { env }: Context): boolean {
  const { GATEWAY_LOG_LEVEL: level } = env
  return args.includes('--debug') || level === 'debug' || level === 'trace'
}
