import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageFolder } from '../gateway/package-folder.ts'

export function programVersion(): string {
  const text = readFileSync(join(packageFolder, 'package.json'), 'utf8')
  const { version } = JSON.parse(text) as { version: string }
  return version
}
