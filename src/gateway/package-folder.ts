import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the package, from its sources and from wherever its build has put this. */
export const packageFolder = folderAbove(import.meta.dirname)

/**
 * A file of the program that is started as a process or a thread of its own.
 * @param name of its source, as `cli/main`
 */
export function programFile(name: string): string {
  const isSource = import.meta.url.endsWith('.ts')
  return join(packageFolder, isSource ? `src/${name}.ts` : `dist/${name}.js`)
}

function folderAbove(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderAbove(dirname(folder))
}
