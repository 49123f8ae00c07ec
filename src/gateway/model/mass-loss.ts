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
 * @returns those of the changes that are doubted
 */
export function doubtfulLosses(
  changes: readonly AppChange[],
  total: number,
  facts: LossFacts
): readonly AppChange[] {
  const losses: Loss[] = []
  let missing = 0
  let lone: AppChange | undefined
  for (const change of changes) {
    if (change.before === undefined) continue
    if (change.after === undefined) {
      missing += 1
      lone = change
    }
    const loss = lossOf(change, change.before, facts)
    if (loss !== undefined) losses.push(loss)
  }
  // One app that is missing was deleted; its deletion may have had no event that was seen.
  const isDeleted = ({ change }: Loss) =>
    missing === 1 && change === lone && !facts.doubted(change.id)
  const counted = losses.filter((loss) => !isDeleted(loss))
  const lost = counted.reduce((sum, { tasks }) => sum + tasks, 0)
  const everywhere = lost > ALL_SHARE * total
  return counted
    .filter((loss) => everywhere || loss.isMuch || facts.doubted(loss.change.id))
    .map(({ change }) => change)
}

interface Loss {
  readonly change: AppChange
  readonly tasks: number
  /** Whatever is lost elsewhere. */
  readonly isMuch: boolean
}

function lossOf(change: AppChange, before: App, { named }: LossFacts): Loss | undefined {
  const { id, after } = change
  const count = before.tasks.length
  if (named(id) || before.deploying || after?.deploying === true) return undefined
  if (after === undefined) return { change, tasks: count, isMuch: true }
  const tasks = Math.min(count, after.instances) - after.tasks.length
  return tasks > 0 ? { change, tasks, isMuch: tasks > APP_SHARE * count } : undefined
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
