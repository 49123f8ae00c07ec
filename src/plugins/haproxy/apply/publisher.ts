import type { Desired, RenderedFile } from '../desired.ts'
import type { CheckFiles } from './check-files.ts'
import { writeFiles } from './file-writer.ts'
import { findOffenders, type Offender } from './find-offenders.ts'
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
 * load. The main file comes last, so that all it names is there.
 * @throws Error when files can't be written or the check can't run
 */
export async function publish(
  desired: Desired,
  { folder, configFile, spares }: PublisherOptions,
  { render, check }: PublisherTools
): Promise<Published> {
  let files: readonly RenderedFile[] = []
  const result = await findOffenders(withSpares(desired, spares), (candidate) => {
    files = render(candidate, folder)
    return check(files)
  })
  if (!result.ok) return result
  // The last state that was checked is the one that goes live.
  const isMain = ({ name }: RenderedFile) => name === configFile
  await writeFiles(folder, [...files.filter((file) => !isMain(file)), ...files.filter(isMain)])
  return result
}
