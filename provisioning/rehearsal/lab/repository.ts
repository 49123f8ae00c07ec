import { cp, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** What belongs to this checkout alone: a guest makes its own, or has no need of it. */
const left = new Set([
  ...['.git', 'node_modules', 'dist', 'coverage', 'artifacts'],
  ...['.vagrant', '.secrets', 'cluster.local.yaml']
])

/** Copies a repository for the machines of a lab, with an empty folder for the secrets they will make. */
export async function copyRepository(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => source === from || !left.has(basename(source))
  })
  const secrets = join(to, 'provisioning/.secrets')
  await mkdir(secrets, { recursive: true, mode: 0o700 })
}
