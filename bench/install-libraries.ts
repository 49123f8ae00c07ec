import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runToEnd } from './running-process.ts'

const folder = join(import.meta.dirname, 'node-peers')

/**
 * Installs the libraries that are compared, unless they are there in the versions of their lock file.
 * They have a package of their own, so that installing the product brings none of them.
 */
export async function installLibraries(say: (line: string) => void): Promise<void> {
  if (isInstalled()) return
  say('Installing the libraries to compare with (npm ci in bench/node-peers)…')
  const flags = ['--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund']
  await runToEnd({ program: 'npm', args: ['ci', '--prefix', folder, ...flags] })
}

function isInstalled(): boolean {
  const installed = versionsIn(join(folder, 'node_modules/.package-lock.json'))
  const wanted = versionsIn(join(folder, 'package-lock.json'))
  return [...wanted].every(([path, version]) => path === '' || installed.get(path) === version)
}

function versionsIn(lockFile: string): Map<string, string> {
  if (!existsSync(lockFile)) return new Map()
  const { packages } = JSON.parse(readFileSync(lockFile, 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version?: string }>>
  }
  return new Map(Object.entries(packages).map(([path, { version = '' }]) => [path, version]))
}
