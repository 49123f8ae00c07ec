import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface Hierarchy {
  /** Its controllers' names, `name=systemd`, or empty for the one of cgroup v2. */
  readonly controllers: string
  /** Where a lab may make its folder. */
  readonly parent: string
}

/**
 * The cgroup hierarchies of this host, and where in each a new folder belongs: below this process where
 * version 1 counts and limits (a lab is never outside the limits its runner has), at the top where
 * version 2 is alone, since there only the top may hold processes and hand out controllers.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param own text of /proc/self/cgroup
 */
export function hierarchiesOf(mountinfo: string, own: string): Hierarchy[] {
  const mounts = mountinfo.split('\n').flatMap((line) => cgroupMount(line))
  const alone = mounts.every((mount) => mount.version === 2)
  const paths = own.split('\n').map((line) => line.match(/^\d+:([^:]*):(.*)$/) ?? [])
  return mounts.map(({ point, root, version, options }) => {
    const [, controllers = '', path = '/'] =
      paths.find(([, names = '']) =>
        version === 2 ? names === '' : names !== '' && sameNames(names, options)
      ) ?? []
    const below = path.startsWith(root) ? path.slice(root.length) : ''
    return { controllers, parent: alone ? point : resolve(point, `.${below}`) }
  })
}

interface CgroupMount {
  readonly point: string
  readonly root: string
  readonly version: 1 | 2
  readonly options: readonly string[]
}

function cgroupMount(line: string): CgroupMount[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root = '/', point = ''] = before.split(' ')
  const [type, , options = ''] = after.split(' ')
  if (type !== 'cgroup' && type !== 'cgroup2') return []
  const version = type === 'cgroup2' ? 2 : 1
  return [{ point, root: root === '/' ? '' : root, version, options: options.split(',') }]
}

function sameNames(names: string, options: readonly string[]): boolean {
  return names.split(',').every((name) => options.includes(name))
}

export async function hierarchies(): Promise<Hierarchy[]> {
  const [mountinfo, own] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    readFile('/proc/self/cgroup', 'utf8')
  ])
  return hierarchiesOf(mountinfo, own)
}

/** Makes a cgroup whose processes may use what its parent's may. */
export async function makeCgroup(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  // Version 1 leaves a new cpuset without processors, and refuses processes in it.
  for (const name of ['cpuset.cpus', 'cpuset.mems', 'cgroup.clone_children']) {
    const value =
      name === 'cgroup.clone_children'
        ? '1'
        : await readFile(join(folder, '..', name), 'utf8').catch(() => '')
    if (value !== '')
      await writeFile(join(folder, name), value, { flag: 'r+' }).catch(() => undefined)
  }
}

/** Version 2: lets the cgroups below this one have its controllers; it may hold no process itself then. */
export async function handOutControllers(folder: string): Promise<void> {
  const offered = await readFile(join(folder, 'cgroup.controllers'), 'utf8').catch(() => '')
  for (const name of offered.split(/\s+/).filter((name) => name !== '')) {
    await writeFile(join(folder, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
  }
}

/** A cgroup's files can't be removed, and needn't: only its folders, the innermost first. */
export async function removeCgroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (entry.isDirectory()) await removeCgroup(join(folder, entry.name))
  }
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
