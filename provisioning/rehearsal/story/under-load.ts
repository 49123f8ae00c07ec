import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { must } from './ask.ts'
import type { Cluster } from './cluster.ts'

export interface LoadFinding {
  readonly requests: number
  readonly failures: readonly string[]
  /** Of the tasks that answered. */
  readonly addresses: readonly string[]
}

/** Does something while the laptop asks the front door without pause. */
export async function underLoad(
  { lab }: Pick<Cluster, 'lab'>,
  url: string,
  act: () => Promise<void>
): Promise<LoadFinding> {
  const stopFile = join(lab.folder, 'load-ends')
  await rm(stopFile, { force: true })
  const script = join(import.meta.dirname, 'load.ts')
  const command = [
    process.execPath,
    '--import',
    import.meta.resolve('tsx'),
    script,
    url,
    'myapp.local',
    stopFile
  ]
  const load = must(lab.laptop, command)
  try {
    await act()
  } finally {
    await writeFile(stopFile, '')
  }
  return JSON.parse(await load) as LoadFinding
}

/** @throws Error that shows the first failures */
export function expectNoFailure({ requests, failures }: LoadFinding): string {
  if (failures.length > 0 || requests === 0) {
    const some = failures.slice(0, 5).join('\n')
    throw new Error(`${failures.length} of ${requests} requests failed:\n${some}`)
  }
  return `${requests} requests, none failed`
}
