import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Folder of the package: two up, both from `src/cli` and from `dist/cli`. */
export const packageFolder = join(import.meta.dirname, '../..')

export function programVersion(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
