import type { App, Task } from '../model/app.ts'
import type { Problem } from '../model/problem.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { Subject } from './event-meaning.ts'
import { instanceKeyOf } from './instance-id.ts'
import { withKnownAddress } from './known-address.ts'
import { awaitsReadiness } from './next-look.ts'
import { sameValue } from './same-value.ts'

/** One app as it was read alone; without `app` it can't be read or is gone. */
export interface AppRead {
  readonly id: string
  readonly app?: App
  readonly problems: readonly Problem[]
  /** When it was asked for, ms since 1970. */
  readonly takenAt: number
}

export interface FullRead {
  readonly apps: readonly App[]
  readonly problems: readonly Problem[]
  readonly takenAt: number
}

/** What was read last, app by app. An app or task that reads the same again can keep its identity. */
export interface KnownApps {
  /** The app as it is known, in whole or task by task, where it did not change. */
  share(app: App): App
  /** @param read of shared apps */
  replace(read: FullRead): void
  /** Does nothing when all was asked for later. */
  merge(read: AppRead): void
  /** All that is known now. */
  snapshot(): Snapshot
  /** Ids of the apps whose readiness is being checked. */
  awaitingReadiness(): readonly string[]
  /** Ids of the tasks an event is about; a task it names itself need not be known yet. */
  tasksOf(subject: Subject, apps: readonly string[]): readonly string[]
}

export function createKnownApps(source: string): KnownApps {
  let apps = new Map<string, App>()
  let problems = new Map<string, readonly Problem[]>()
  let alone = new Map<string, AppRead>()
  let takenAt = 0
  let wholeAt = 0

  function snapshot(): Snapshot {
    return {
      source,
      takenAt,
      ...(alone.size > 0 && { parts: { wholeAt, aloneAt: momentsOf(alone) } }),
      apps: [...apps.values()],
      routes: [],
      services: [],
      overrides: [],
      problems: [...problems.values()].flat()
    }
  }

  /** Read order, not arrival: an app read alone after a full read began stays as it is. */
  function replace(read: FullRead): void {
    const later = new Map([...alone].filter(([, one]) => one.takenAt > read.takenAt))
    alone = later
    apps = new Map(read.apps.map((app) => [app.id, app]))
    problems = byApp(read.problems)
    takenAt = Math.max(takenAt, read.takenAt)
    wholeAt = read.takenAt
    for (const one of later.values()) put(one)
  }

  function put(read: AppRead): void {
    if (read.app === undefined) apps.delete(read.id)
    else apps.set(read.id, shared(read.app, apps.get(read.id)))
    if (read.problems.length === 0) problems.delete(read.id)
    else problems.set(read.id, read.problems)
  }

  return {
    share: (app) => shared(app, apps.get(app.id)),
    replace,
    merge(read) {
      if (read.takenAt < wholeAt) return
      alone.set(read.id, read)
      put(read)
      takenAt = Math.max(takenAt, read.takenAt)
    },
    snapshot,
    awaitingReadiness: () => [...apps.values()].filter(awaitsReadiness).map((app) => app.id),
    tasksOf(subject, hints) {
      if (subject.kind === 'task') return [subject.id]
      if (subject.kind === 'app') return (apps.get(subject.id)?.tasks ?? []).map((task) => task.id)
      const hinted = hints.flatMap((id) => apps.get(id) ?? [])
      const key = instanceKeyOf(subject.id)
      return (hinted.length > 0 ? hinted : [...apps.values()])
        .flatMap((app) => app.tasks)
        .filter((task) => instanceKeyOf(task.id) === key)
        .map((task) => task.id)
    }
  }
}

function momentsOf(reads: ReadonlyMap<string, AppRead>): ReadonlyMap<string, number> {
  return new Map([...reads].map(([id, { takenAt }]) => [id, takenAt]))
}

function byApp(problems: readonly Problem[]): Map<string, readonly Problem[]> {
  const groups = new Map<string, Problem[]>()
  for (const problem of problems) {
    const group = groups.get(problem.app)
    if (group === undefined) groups.set(problem.app, [problem])
    else group.push(problem)
  }
  return groups
}

/** The app as it was before, in whole or task by task, where it did not change. */
function shared(app: App, previous: App | undefined): App {
  if (previous === undefined) return app
  if (sameValue(app, previous)) return previous
  const before = new Map(previous.tasks.map((task) => [task.id, task]))
  const tasks = app.tasks.map((task) => sharedTask(task, before.get(task.id)))
  const next = { ...app, tasks }
  return sameValue(next, previous) ? previous : next
}

function sharedTask(read: Task, previous: Task | undefined): Task {
  if (previous === undefined) return read
  const task = withKnownAddress(read, previous)
  return sameValue(task, previous) ? previous : task
}
