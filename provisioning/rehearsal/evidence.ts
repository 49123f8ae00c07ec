import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Machine } from './lab.ts'

/** What a machine can say about a failure, before it is gone. Holds no secret, or a promise is broken. */
const questions = `
echo '== units that failed'; systemctl --failed --no-legend
echo '== who listens'; ss -ltnp
echo '== containers'; docker ps --all --no-trunc 2>&1
for id in $(docker ps --all --quiet 2>/dev/null | head -20); do
  echo "== container $id"; docker logs --tail 60 "$id" 2>&1
done
echo '== journal'; journalctl --boot --no-pager --lines=1500 --output=short-precise
`

/** Writes machine-NAME.log for each machine that can still be asked. */
export async function keepEvidence(machines: readonly Machine[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const machine of machines) {
    const said = await ask(machine)
    await writeFile(join(folder, `machine-${machine.name}.log`), said)
  }
}

async function ask(machine: Machine): Promise<string> {
  try {
    const { stdout, stderr } = await machine.run(['sh', '-c', questions], { timeoutMs: 60_000 })
    return `${stdout}\n${stderr}`
  } catch (error) {
    return String(error)
  }
}
