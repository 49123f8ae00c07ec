import type { App, Task } from './app.ts'
import type { AppChange } from './app-changes.ts'

/** What is known of a snapshot beyond what is in it. */
export interface LossFacts {
  /** An event has named the app since the last snapshot. */
  readonly named: (appId: string) => boolean
  /** The app's losses are doubted already, until there is a reason. */
  readonly doubted: (appId: string) => boolean
}

/** More than this share of an app's tasks, gone without a reason, is doubted. */
const APP_SHARE = 0.5
/** More than this share of all tasks, gone without a reason, is doubted wherever it is. */
const ALL_SHARE = 0.3

/**
 * The apps of which a snapshot takes away so much, without a reason, that it may be a mistake: a Marathon
 * that answers with half of its apps, none, or with those that an account may see. Reasons are: the app
 * wants fewer instances in that very snapshot, it is or was in a deployment, an event has named it,
 * or it is the only one that is missing. Tasks that others take the place of are not lost.
 *
 * @param changes all apps that are not what they were
 * @param total tasks of all apps before
 */
export function doubtfulLosses(
  changes: Iterable<AppChange>,
  total: number,
  facts: LossFacts
): readonly string[] {
  const losses: Loss[] = []
  const missing: App[] = []
  for (const { before, after } of changes) {
    if (before === undefined) continue
    if (after === undefined) missing.push(before)
    const loss = lossOf(before, after, facts)
    if (loss !== undefined) losses.push(loss)
  }
  // One app that is missing was deleted; its deletion may have had no event that was seen.
  const lone = missing.length === 1 ? missing[0] : undefined
  const counted = losses.filter(({ app }) => app !== lone || facts.doubted(app.id))
  const lost = counted.reduce((sum, { tasks }) => sum + tasks, 0)
  const everywhere = lost > ALL_SHARE * total
  return counted
    .filter((loss) => everywhere || isMuch(loss) || facts.doubted(loss.app.id))
    .map(({ app }) => app.id)
}

interface Loss {
  readonly app: App
  readonly missing: boolean
  readonly tasks: number
}

function lossOf(app: App, now: App | undefined, { named }: LossFacts): Loss | undefined {
  if (named(app.id) || app.deploying || now?.deploying === true) return undefined
  if (now === undefined) return { app, missing: true, tasks: app.tasks.length }
  const expected = Math.min(app.tasks.length, now.instances)
  const tasks = expected - now.tasks.length
  return tasks > 0 ? { app, missing: false, tasks } : undefined
}

function isMuch({ app, missing, tasks }: Loss): boolean {
  return missing || tasks > APP_SHARE * app.tasks.length
}

/** Tasks of the app that are not in the later one. */
export function vanishedTasks(before: App, after: App | undefined): readonly Task[] {
  const ids = new Set(after?.tasks.map(({ id }) => id))
  return before.tasks.filter(({ id }) => !ids.has(id))
}

/**
 * The app as it is now, with tasks that it no longer names but that may run all the same. Without an app
 * as it is now, it is as it was, with these tasks alone.
 */
export function withVanished(before: App, now: App | undefined, vanished: readonly Task[]): App {
  const kept = vanished.map((task) => unproven(task, before, now))
  return { ...(now ?? before), tasks: [...(now?.tasks ?? []), ...kept] }
}

/** A task that is not known to run the ports that the app has now keeps those that it had. */
function unproven(task: Task, before: App, now: App | undefined): Task {
  const moved = now !== undefined && now.version !== before.version && task.definition === undefined
  if (task.unproven && !moved) return task
  const { networkMode, ports } = before
  return { ...task, ...(moved && { definition: { networkMode, ports } }), unproven: true }
}
