import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimsOnly } from '../gateway/state/state-text.ts'
import type { Context } from './context.ts'

/**
 * A copy of a gateway's state file: who looks at a table must not write into that of a gateway. Of what it
 * holds, who has which host; what apps there are is asked of their sources.
 */
export interface StateCopy {
  /** Empty when there is no state. */
  readonly file: string
  remove(): Promise<void>
}

/** Never fails: without the state, a host that several apps want may be another one's, and that is said. */
export async function copyState(file: string, context: Context): Promise<StateCopy> {
  if (file === '') return { file: '', remove: async () => undefined }
  const folder = await mkdtemp(join(tmpdir(), 'marathon-gateway-'))
  const copy = join(folder, 'state.json')
  try {
    await writeFile(copy, claimsOnly(await readFile(file, 'utf8')))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === undefined ? message : `can't be read (${code})`
    if (code !== 'ENOENT') {
      context.err(`${file}: ${why}; a host that several apps want may differ`)
    }
  }
  return { file: copy, remove: () => rm(folder, { recursive: true, force: true }) }
}
