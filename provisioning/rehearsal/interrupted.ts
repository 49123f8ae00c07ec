import { basename, join } from 'node:path'
import { readCluster } from './cluster.ts'
import { cacheFolder } from './lab/residence.ts'
import { createLab } from './lab.ts'
import { cleanUpOnSignals, waitForTheEnd } from './until-signal.ts'

/** A lab with one machine that only waits to be interrupted, and says how far it is, line by line. */
async function waitForInterruption(): Promise<void> {
  const repository = join(import.meta.dirname, '../..')
  const { machines } = await readCluster(join(repository, 'provisioning/cluster.yaml'))
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const lab = await createLab({ machines, repository, cache: cacheFolder(process.env), log: say })
  const interrupted = cleanUpOnSignals(() => lab.close())
  say(`entered ${basename(lab.folder).replace('lab-', '')}`)
  say('booting')
  try {
    const machine = await lab.machine(Object.keys(machines)[0] ?? '')
    await machine.run(['sh', '-c', 'sleep 3600 >/dev/null 2>&1 &'])
    say('running')
    await machine.run(['sleep', '3600'])
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
  await waitForTheEnd()
}

await waitForInterruption()
