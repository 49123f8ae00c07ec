import { writeFileSync } from 'node:fs'
import { recordHaproxy } from '../test/support/haproxy-recorder.ts'
import { recordingFile, writeRecording } from '../test/support/recorded-answers.ts'

/**
 * Asks real HAProxies what tests are checked against, and writes their answers beside the tests:
 * `node --import tsx tools/record-haproxy.ts haproxy /opt/haproxy-3.0/haproxy`.
 */
for (const binary of process.argv.slice(2)) {
  const exchanges = await recordHaproxy(binary)
  const told = exchanges.find(({ name }) => name === 'show version')?.answer.trim() ?? ''
  const version = /^\d+(\.\d+)+/.exec(told)?.[0]
  if (version === undefined) throw new Error(`${binary} does not tell its version: ${told}`)
  const file = recordingFile(version)
  writeFileSync(
    file,
    writeRecording(`HAProxy ${told}: recorded by tools/record-haproxy.ts`, exchanges)
  )
  console.log(file)
}
