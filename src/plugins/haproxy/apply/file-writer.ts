import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RenderedFile } from '../desired.ts'

/** A file name without folder; what render makes, checked once more before it becomes a path. */
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$/

/** Files may hold password hashes: nobody else reads them. */
const PRIVATE = 0o600

/** Writes files into a folder, each by renaming: a reader sees the old one or the new one. */
export async function writeFiles(folder: string, files: readonly RenderedFile[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const { name, content } of files) {
    if (!FILE_NAME.test(name)) throw new Error(`${JSON.stringify(name)} is not a file name`)
    const beside = join(folder, `.${name}.next`)
    await writeFile(beside, content, { mode: PRIVATE })
    await rename(beside, join(folder, name))
  }
}
