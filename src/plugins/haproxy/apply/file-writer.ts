import { mkdir, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RenderedFile } from '../desired.ts'

/** A file name without folder; what render makes, checked once more before it becomes a path. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$/

/** Files may hold password hashes: nobody else reads them. */
const PRIVATE = 0o600

/**
 * Writes files into a folder, each by renaming: a reader sees the old one or the new one. None is renamed
 * before all are written: what a full disk does not take leaves the old files, and nothing besides.
 */
export async function writeFiles(folder: string, files: readonly RenderedFile[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const beside = (name: string) => join(folder, `.${name}.next`)
  try {
    for (const { name, content } of files) {
      if (!FILE_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is not a file name`)
      await writeFile(beside(name), content, { mode: PRIVATE })
    }
    for (const { name } of files) await rename(beside(name), join(folder, name))
  } catch (error) {
    for (const { name } of files) await unlink(beside(name)).catch(() => undefined)
    throw error
  }
}
