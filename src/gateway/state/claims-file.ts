import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Claims } from '../model/claims.ts'

const StateFileSchema = Type.Object({
  version: Type.Literal(1),
  claims: Type.Array(Type.Object({ key: Type.String(), source: Type.String(), app: Type.String() }))
})

/** Keeps claims over restarts, so that a host stays with its app. */
export interface ClaimsFile {
  /** Empty when there is no file yet. @throws when the file exists but can't be understood */
  load(): Claims
  /** Written beside and renamed; one write at a time, the last state is never lost. */
  save(claims: Claims): void
  /** Resolves when all that was saved is on disk. */
  flush(): Promise<void>
}

/** @param onError told of each write that failed; the next save tries again */
export function createClaimsFile(path: string, onError: (error: unknown) => void): ClaimsFile {
  let wanted: string | undefined
  let written = ''
  let writing: Promise<void> | undefined

  async function writeAll(): Promise<void> {
    while (wanted !== undefined) {
      const text = wanted
      wanted = undefined
      await replaceFile(path, text).then(() => {
        written = text
      }, onError)
    }
    writing = undefined
  }

  return {
    load: () => readClaims(path),
    save(claims) {
      const text = textOf(claims)
      if (text === (wanted ?? written)) return
      wanted = text
      writing ??= writeAll()
    },
    flush: () => writing ?? Promise.resolve()
  }
}

function textOf(claims: Claims): string {
  const state: Static<typeof StateFileSchema> = {
    version: 1,
    claims: [...claims].map(([key, { source, app }]) => ({ key, source, app }))
  }
  return `${JSON.stringify(state, null, 1)}\n`
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

function readClaims(path: string): Claims {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw error
  }
  const state: unknown = parseJson(text)
  if (!Value.Check(StateFileSchema, state)) {
    throw new Error(
      `${path}: not a state file of this gateway; move it away to start without claims`
    )
  }
  return new Map(state.claims.map(({ key, source, app }) => [key, { source, app }]))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
