import { link, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Where apt looks for a package before it fetches it; it checks what it finds there by its hash. */
const archives = 'var/cache/apt/archives'

/** More than one cluster's packages; a cache that has grown beyond is begun anew. */
const maxBytes = 2 * 1024 ** 3

/** Takes the packages that a machine has fetched into the cache that rehearsals share. */
export async function keepPackages(cache: string, written: string): Promise<void> {
  await mkdir(join(cache, 'debs'), { recursive: true })
  const from = join(written, archives)
  for (const name of await packagesIn(from)) {
    await link(join(from, name), join(cache, 'debs', name)).catch(() => undefined)
  }
}

/**
 * A layer for a new machine with all packages of the cache, as they are now: a machine's layers must not
 * change under it.
 */
export async function packageLayer(cache: string, layer: string): Promise<string> {
  const to = join(layer, archives)
  await mkdir(join(to, 'partial'), { recursive: true })
  const from = join(cache, 'debs')
  for (const name of await packagesIn(from)) {
    await link(join(from, name), join(to, name)).catch(() => undefined)
  }
  return layer
}

export async function pruneArchives(cache: string): Promise<void> {
  const folder = join(cache, 'debs')
  const names = await packagesIn(folder)
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0
      )
    )
  )
  if (sizes.reduce((sum, size) => sum + size, 0) > maxBytes) {
    await rm(folder, { recursive: true, force: true })
  }
}

async function packagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith('.deb'))
}
