import type { App } from '../model/app.ts'
import type { AppChange } from '../model/app-changes.ts'

interface Home {
  app: App
}

/** Finds the tasks of one source by their ids. */
export class TaskIndex {
  /** By app id. */
  readonly #homes = new Map<string, Home>()
  /** By task id. Several apps with one task are no cluster's habit, but nothing forbids it. */
  readonly #byTask = new Map<string, Home | readonly Home[]>()

  update({ id, after }: AppChange): void {
    const home = this.#homes.get(id)
    if (home !== undefined && after !== undefined && hasSameTasks(home.app, after)) {
      home.app = after
      return
    }
    if (home !== undefined) this.#remove(home)
    if (after === undefined) this.#homes.delete(id)
    else this.#add(id, { app: after })
  }

  appsOf(taskId: string): readonly App[] {
    return homesOf(this.#byTask.get(taskId)).map(({ app }) => app)
  }

  #add(appId: string, home: Home): void {
    this.#homes.set(appId, home)
    for (const { id } of home.app.tasks) {
      const known = this.#byTask.get(id)
      this.#byTask.set(id, known === undefined ? home : [...homesOf(known), home])
    }
  }

  #remove(home: Home): void {
    for (const { id } of home.app.tasks) {
      const others = homesOf(this.#byTask.get(id)).filter((one) => one !== home)
      if (others.length === 0) this.#byTask.delete(id)
      else this.#byTask.set(id, others)
    }
  }
}

function homesOf(homes: Home | readonly Home[] | undefined): readonly Home[] {
  if (homes === undefined) return []
  return 'app' in homes ? [homes] : homes
}

function hasSameTasks(before: App, after: App): boolean {
  return (
    before.tasks.length === after.tasks.length &&
    before.tasks.every(({ id }, at) => after.tasks[at]?.id === id)
  )
}
