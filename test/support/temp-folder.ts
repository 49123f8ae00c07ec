import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

interface TestScope {
  after(undo: () => Promise<void>): void
}

/** A folder with these files, gone when the test ends. */
export async function tempFolder(
  t: TestScope,
  files: Readonly<Record<string, string>> = {}
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-'))
  // Whoever is ended after it may still write there; without the next try nobody would be ended.
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}
