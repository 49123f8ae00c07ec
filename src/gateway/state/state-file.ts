import { readFileSync, renameSync } from 'node:fs'
import type { Snapshot } from '../model/snapshot.ts'
import { replaceFile } from './replace-file.ts'
import { runInSlices, type SliceTools } from './slices.ts'
import { parseState, type SavedState, type State, stateLines } from './state-text.ts'

/** Keeps over restarts who holds which host, and what the sources said last. */
export interface StateFile {
  /** Nothing when there is no file, or none that can be used: that one is kept aside, and it is said. */
  load(): SavedState
  /** Something may be new: it is read and written in a while, unless it is what the file has. */
  changed(): void
  /** Writes what is not written yet; resolves when it is on disk, or can't be. */
  flush(): Promise<void>
  /** The last write failed. */
  readonly failing: boolean
}

export interface StateFileTools {
  /** What is to be kept, asked for when it is written. */
  read(): State
  readonly slices: SliceTools
  /** Told when writes begin to fail. The last file stays, and it is tried again at growing distances. */
  onError(error: unknown): void
  /** And when one succeeds again. */
  onRecovery(): void
  /** Told of a file that can't be used. */
  onUnusable(reason: string): void
}

/** From news to the write, so that one write tells of all that comes together, ms. */
const SETTLE_MS = 500
/** Between writes, ms; and as long as the bytes of the last one take at the rate below. */
const DISTANCE_MS = 2000
/** A large cluster is never still, and its state is megabytes. */
const BYTES_PER_MS = 512
/** The same state is written again after this, for its age, ms. */
const RENEW_MS = 300_000
const CHUNK_BYTES = 256 * 1024
/** After writes that failed, at most, ms. */
const LONGEST_PAUSE_MS = 60_000

export function createStateFile(path: string, tools: StateFileTools): StateFile {
  let written: State | undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let notBefore = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let wanted = false
  let failures = 0

  async function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    wanted = false
    const state = tools.read()
    if (written !== undefined && isSame(written, state) && !isOld()) return
    try {
      const chunks = await chunksOf(state, tools.slices)
      await replaceFile(path, chunks)
      written = state
      writtenAt = tools.slices.now()
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      notBefore = writtenAt + DISTANCE_MS + bytes / BYTES_PER_MS
      if (failures > 0) tools.onRecovery()
      failures = 0
    } catch (error) {
      if (failures === 0) tools.onError(error)
      notBefore = tools.slices.now() + Math.min(LONGEST_PAUSE_MS, DISTANCE_MS * 2 ** failures)
      failures = Math.min(failures + 1, 10)
      wanted = true
    }
  }

  const isOld = (): boolean => tools.slices.now() - writtenAt > RENEW_MS

  function run(): Promise<void> {
    writing ??= write().finally(() => {
      writing = undefined
      if (wanted) arm()
    })
    return writing
  }

  function arm(): void {
    if (timer !== undefined || writing !== undefined) return
    const ms = Math.max(SETTLE_MS, notBefore - tools.slices.now())
    timer = setTimeout(run, ms).unref()
  }

  return {
    load: () => readState(path, tools.onUnusable),
    changed() {
      wanted = true
      arm()
    },
    async flush() {
      await writing
      if (wanted) await run()
      clearTimeout(timer)
      timer = undefined
    },
    get failing() {
      return failures > 0
    }
  }
}

/** Made in slices: the state of a large cluster takes longer than requests may wait. */
function chunksOf(state: State, slices: SliceTools): Promise<readonly Buffer[]> {
  function* make(): Generator<undefined, readonly Buffer[], undefined> {
    const chunks: Buffer[] = []
    let text = ''
    for (const line of stateLines(state)) {
      text += line
      if (text.length > CHUNK_BYTES) {
        chunks.push(Buffer.from(text))
        text = ''
      }
      yield
    }
    chunks.push(Buffer.from(text))
    return chunks
  }
  const tools = { ...slices, freeSteps: 0 }
  return new Promise((resolve, reject) => runInSlices(make(), tools, resolve, reject))
}

/** Only the moment at which the sources were asked may differ. */
function isSame(one: State, other: State): boolean {
  if (one.claims !== other.claims || one.health !== other.health) return false
  if (one.snapshots.length !== other.snapshots.length) return false
  return one.snapshots.every((snapshot, at) => hasSameApps(snapshot, other.snapshots[at]))
}

function hasSameApps(one: Snapshot, other: Snapshot | undefined): boolean {
  if (one.source !== other?.source || one.apps.length !== other.apps.length) return false
  return one.apps.every((app, at) => app === other.apps[at])
}

const NOTHING: SavedState = { claims: new Map(), snapshots: [] }

function readState(path: string, onUnusable: (reason: string) => void): SavedState {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') onUnusable(`${path}: can't be read (${code})`)
    return NOTHING
  }
  try {
    return parseState(text)
  } catch (error) {
    onUnusable(`${path}: ${(error as Error).message}; ${setAside(path)}`)
    return NOTHING
  }
}

/** For whoever wants to know what was in it; the next write would end it. */
function setAside(path: string): string {
  const aside = `${path}.unusable`
  try {
    renameSync(path, aside)
    return `it is kept as ${aside}`
  } catch (error) {
    return `it could not be kept aside (${(error as NodeJS.ErrnoException).code})`
  }
}
