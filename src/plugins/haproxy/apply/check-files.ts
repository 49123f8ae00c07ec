import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RenderedFile } from '../desired.ts'
import { writeFiles } from './file-writer.ts'

/** Why HAProxy would not load these files; undefined when it would. */
export type CheckFiles = (files: readonly RenderedFile[]) => Promise<string | undefined>

export interface CheckOptions {
  /** The program `haproxy`, by name or path. */
  readonly binary: string
  /** The folder the files are made for; they are checked in a folder inside it. */
  readonly folder: string
  /** The main file among them. */
  readonly configFile: string
}

/** Loading 100,000 servers takes seconds. */
const CHECK_LIMIT_MS = 120_000

/**
 * Asks `haproxy -c` about a copy in `<folder>/check`, where the paths of maps lead to their copies too.
 * The live files are never touched. Fails when the program can't be started.
 */
export function createCheckFiles({ binary, folder, configFile }: CheckOptions): CheckFiles {
  const aside = join(folder, 'check')
  return async (files) => {
    // Not every path in the folder: that of a socket may be as long as it can be.
    const moved = (content: string, { name }: RenderedFile) =>
      content.replaceAll(`${folder}/${name}`, `${aside}/${name}`)
    const copies = files.map(({ name, content }) => ({
      name,
      content: files.reduce(moved, content)
    }))
    try {
      await writeFiles(aside, copies)
      return await runCheck(binary, join(aside, configFile))
    } finally {
      await rm(aside, { recursive: true, force: true })
    }
  }
}

function runCheck(binary: string, file: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const args = ['-c', '-f', file]
    execFile(binary, args, { timeout: CHECK_LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(undefined)
      if (typeof error.code === 'string') {
        return reject(new Error(`${binary} can't be started: ${error.message}`))
      }
      resolve(complaint(`${stderr}\n${stdout}`) ?? `haproxy -c ended with ${error.code}`)
    })
  })
}

/** The first complaint in HAProxy's words, without process, and without the place in a copy. */
function complaint(text: string): string | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith('[ALERT]'))
  const words = line?.replace(/^\[ALERT\]\s+\(\d+\) : (config : )?(parsing \[[^\]]*\]\s*: )?/, '')
  return words?.slice(0, 500)
}
