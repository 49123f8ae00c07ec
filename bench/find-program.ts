import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where a program is on the path; undefined when it isn't installed. */
export function findProgram(name: string): string | undefined {
  // Where distributions keep servers, though a user's path may lack it.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}
