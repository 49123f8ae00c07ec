import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun, runProcess } from './process.ts'

/**
 * Begins a command line of systemd-nspawn: this host's own, or else the one that was fetched with the
 * machines' Debian, unpacked in the lab's folder and run with the library of the image it belongs to.
 * Nothing of this host's systemd is replaced, as installing the package would.
 */
export async function nspawnCommand(base: string, folder: string): Promise<string[]> {
  if ((await runProcess(['systemd-nspawn', '--version'])).code === 0) return ['systemd-nspawn']
  const archives = join(base, 'var/cache/apt/archives')
  const name = (await readdir(archives)).find((file) => file.startsWith('systemd-container_'))
  if (name === undefined) throw new Error(`there is no package of systemd-nspawn in ${archives}`)
  const tools = join(folder, 'tools')
  await mkdir(tools)
  await mustRun(['dpkg-deb', '-x', join(archives, name), tools])
  const architectures = await readdir(join(base, 'usr/lib'))
  const libraries = architectures
    .filter((each) => each.endsWith('-linux-gnu'))
    .map((each) => join(base, 'usr/lib', each, 'systemd'))
  return ['env', `LD_LIBRARY_PATH=${libraries.join(':')}`, join(tools, 'usr/bin/systemd-nspawn')]
}
