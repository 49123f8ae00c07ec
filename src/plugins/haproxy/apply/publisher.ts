import type { Desired, DesiredBackend, RenderedFile } from '../desired.ts'
import type { CheckFiles } from './check-files.ts'
import { writeFiles } from './file-writer.ts'
import { findOffenders, type Offender } from './find-offenders.ts'
import { kindOf, structureOf } from './running.ts'
import { withSpares } from './spares.ts'

export type Published =
  | {
      readonly ok: true
      /** What the files say: with spares, without offenders. */
      readonly desired: Desired
      readonly offenders: readonly Offender[]
    }
  /** Nothing was written; the last good files stay. */
  | { readonly ok: false; readonly reason: string }

export interface PublisherOptions {
  readonly folder: string
  readonly configFile: string
  /** Spare backends for each kind of settings. */
  readonly spares: number
}

export interface PublisherTools {
  readonly render: (desired: Desired, folder: string) => readonly RenderedFile[]
  readonly check: CheckFiles
}

/**
 * Writes the files of a state after HAProxy itself has checked them; without the backends it would not
 * load.
 * @throws Error when files can't be written or the check can't run
 */
export async function publish(
  desired: Desired,
  options: PublisherOptions,
  { render, check }: PublisherTools
): Promise<Published> {
  let files: readonly RenderedFile[] = []
  const result = await findOffenders(withSpares(desired, options.spares), (candidate) => {
    files = render(candidate, options.folder)
    return check(files)
  })
  // The last state that was checked is the one that goes live.
  if (result.ok) await writeAll(files, options)
  return result
}

/**
 * Writes the files of a state that differs from a checked one in servers, entries of maps and names only.
 * @returns what they say @throws Error when files can't be written
 */
export async function publishUnchecked(
  desired: Desired,
  options: PublisherOptions,
  { render }: PublisherTools
): Promise<Desired> {
  const full = withSpares(desired, options.spares)
  await writeAll(render(full, options.folder), options)
  return full
}

/** Whether a state says nothing that HAProxy has not taken in another one, but names and addresses. */
export function isCovered(desired: Desired, checked: Desired): boolean {
  if (structureOf(desired) !== structureOf(checked)) return false
  const kinds = new Set(checked.backends.map(fullKindOf))
  return desired.backends.every((backend) => kinds.has(fullKindOf(backend)))
}

function fullKindOf(backend: DesiredBackend): string {
  return `${kindOf(backend)}\n\n${backend.serverWords.join(' ')}`
}

/** The main file comes last, so that all it names is there. */
async function writeAll(
  files: readonly RenderedFile[],
  { folder, configFile }: PublisherOptions
): Promise<void> {
  const isMain = ({ name }: RenderedFile) => name === configFile
  await writeFiles(folder, [...files.filter((file) => !isMain(file)), ...files.filter(isMain)])
}
