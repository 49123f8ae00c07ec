import { createLocalMarathon } from '../../../src/local-marathon/create-local-marathon.ts'

/** A local Marathon in a process of its own: says its address, and ends when its input ends. */

const marathon = await createLocalMarathon({ port: 0, runner: 'process', restartBackoffMs: 0 })
process.stdout.write(`${marathon.url}\n`)
process.stdin.resume().once('end', () => {
  void marathon.close().then(() => process.exit(0))
})
