import { setImmediate as nextTurn } from 'node:timers/promises'
import type { App } from '../model/app.ts'
import type { Problem } from '../model/problem.ts'
import type { CheckedApp, Part } from './app-text.ts'
import type { AnswerEnd } from './apps-thread-messages.ts'
import { type CompleteApp, hasOldTasks } from './old-definitions.ts'
import { createWholeApps } from './whole-apps.ts'

/** The app as it was known, in whole or task by task, where it is the same. */
export type ShareApp = (app: App) => App

/** All apps that the last list said. */
export interface Listed {
  readonly apps: readonly App[]
  readonly problems: readonly Problem[]
}

/** Puts the list of apps together from what changed in it. */
export interface AppsList {
  /** @param anew it is another list: what is not taken in is not there */
  begin(anew: boolean, share: ShareApp): void
  take(parts: readonly Part[]): void
  end(end: Pick<AnswerEnd, 'gone' | 'problems'>): Promise<Listed>
}

/** Apps whose old tasks are looked after in one turn of the event loop. */
const OLD_AT_ONCE = 50
const LONG = 1000

/** @param complete looks after apps with tasks of older versions */
export function createAppsList(complete: CompleteApp): AppsList {
  let apps = new Map<string, App>()
  let problems = new Map<string, readonly Problem[]>()
  /** Apps as listed, whose tasks of older versions have to be looked after each time. */
  let old = new Map<string, App>()
  let share: ShareApp = (app) => app
  let whole = createWholeApps()

  function put({ app, problems: found }: CheckedApp): void {
    const isOld = hasOldTasks(app)
    apps.set(app.id, isOld ? app : share(app))
    if (isOld) old.set(app.id, app)
    else old.delete(app.id)
    if (found.length > 0) problems.set(app.id, found)
    else problems.delete(app.id)
  }

  async function completeOld(): Promise<void> {
    const all = [...old.values()]
    for (let from = 0; from < all.length; from += OLD_AT_ONCE) {
      if (from > 0) await nextTurn()
      const some = await Promise.all(all.slice(from, from + OLD_AT_ONCE).map(complete))
      for (const app of some) apps.set(app.id, share(app))
    }
  }

  return {
    begin(anew, shareApp) {
      share = shareApp
      whole = createWholeApps()
      if (!anew) return
      apps = new Map()
      problems = new Map()
      old = new Map()
    },
    take(parts) {
      for (const part of parts) {
        const before = whole.take(part)
        if (before !== undefined) put(before)
      }
    },
    async end(end) {
      const last = whole.end()
      if (last !== undefined) put(last)
      for (const id of end.gone) {
        for (const map of [apps, problems, old]) map.delete(id)
      }
      await completeOld()
      // What becomes of a long list takes a turn by itself.
      if (apps.size > LONG) await nextTurn()
      return {
        apps: [...apps.values()],
        problems: [...[...problems.values()].flat(), ...end.problems]
      }
    }
  }
}
