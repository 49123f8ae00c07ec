import type { Desired, DesiredBackend, RenderedFile } from '../desired.ts'
import type { CheckFiles } from './check-files.ts'
import { writeFiles } from './file-writer.ts'
import { findOffenders, type Offender } from './find-offenders.ts'
import { withDefaults } from './named-defaults.ts'
import { kindOf, structureOf } from './running.ts'
import { withSpares } from './spares.ts'

export type Published =
  | {
      readonly ok: true
      /** What the files say: with spares and `defaults`, without offenders. */
      readonly desired: Desired
      readonly offenders: readonly Offender[]
    }
  /** Nothing was written; the last good files stay. */
  | { readonly ok: false; readonly reason: string }

export interface PublisherOptions {
  readonly folder: string
  readonly configFile: string
  /** Spare backends for each kind of settings that has no `defaults`. */
  readonly spares: number
  /** HAProxy can make backends at run time: kinds of settings get `defaults` for it. */
  readonly addsBackends: boolean
}

export interface PublisherTools {
  readonly render: (desired: Desired, folder: string) => readonly RenderedFile[]
  readonly check: CheckFiles
}

/**
 * Writes the files of a state after HAProxy itself has checked them; without the backends it would not
 * load, and without `defaults` if it would not load those.
 * @throws Error when files can't be written or the check can't run
 */
export async function publish(
  desired: Desired,
  options: PublisherOptions,
  { render, check }: PublisherTools
): Promise<Published> {
  let files: readonly RenderedFile[] = []
  const rendered = (candidate: Desired) => render(candidate, options.folder)
  const checkOne = (candidate: Desired) => {
    files = rendered(candidate)
    return check(files)
  }
  if (options.addsBackends) {
    const full = readied(desired, options)
    if ((await checkOne(full)) === undefined) {
      await writeAll(files, options)
      return { ok: true, desired: full, offenders: [] }
    }
  }
  // Settings that HAProxy would not load are in `defaults` as well: so these come last.
  const result = await findOffenders(withSpares(desired, options.spares), checkOne)
  if (!result.ok) return result
  const full = options.addsBackends ? withDefaults(result.desired) : result.desired
  const hasDefaults = full.defaults !== undefined && (await checkOne(full)) === undefined
  const live = hasDefaults ? full : result.desired
  await writeAll(rendered(live), options)
  return { ...result, desired: live }
}

/** What the files of a state say besides, for apps that are to come. */
function readied(desired: Desired, { spares, addsBackends }: PublisherOptions): Desired {
  return withSpares(addsBackends ? withDefaults(desired) : desired, spares)
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
  const full = readied(desired, options)
  await writeAll(render(full, options.folder), options)
  return full
}

/** Whether files say nothing that HAProxy has not taken in those of a checked state, but names and addresses. */
export function isCovered(desired: Desired, checked: Desired, options: PublisherOptions): boolean {
  if (structureOf(desired) !== structureOf(checked)) return false
  const kinds = new Set(checked.backends.map(fullKindOf))
  if (!desired.backends.every((backend) => kinds.has(fullKindOf(backend)))) return false
  const names = new Set(checked.defaults?.map(({ name }) => name))
  return (readied(desired, options).defaults ?? []).every(({ name }) => names.has(name))
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
