#!/usr/bin/env node
import { runProgram } from './program.ts'

const { env, stdout, stderr } = process

const exitCode = await runProgram(process.argv.slice(2), {
  env,
  out: (line) => stdout.write(`${line}\n`),
  err: (line) => stderr.write(`${line}\n`),
  // https://no-color.org: any value that is not empty.
  colours: stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
})
// Whatever a foreign plugin left open must not keep a finished program alive.
process.exit(exitCode)
