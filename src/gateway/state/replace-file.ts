import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes beside the file and renames: whoever reads it, even after a power cut, finds the old content
 * or the new one, never a part. The new file is readable by its owner alone. A write that fails leaves
 * nothing behind: on a full disk, half of a file would take the place of others.
 *
 * @throws Error of the file system
 */
export async function replaceFile(path: string, chunks: readonly Buffer[]): Promise<void> {
  const beside = `${path}.new`
  const file = await open(beside, 'w', 0o600)
  try {
    for (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
    await file.close()
    await rename(beside, path)
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(beside, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

/** The name is data of the folder. Not every file system can do that. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}
