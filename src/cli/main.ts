#!/usr/bin/env node
import type { Context } from './context.ts'
import { reportFailure, runProgram } from './program.ts'

const { env, stdout, stderr } = process
const args = process.argv.slice(2)

const context: Context = {
  env,
  out: (line) => stdout.write(`${line}\n`),
  err: (line) => stderr.write(`${line}\n`),
  // https://no-color.org: any value that is not empty.
  colours: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

process.on('uncaughtException', (error) => process.exit(reportFailure(error, args, context)))
// Whatever a foreign plugin left open must not keep a finished program alive.
process.exit(await runProgram(args, context))
