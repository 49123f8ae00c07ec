import type { Task } from '../model/app.ts'
import type { CheckedApp, Part } from './app-text.ts'

/** Puts apps together again that came in parts. */
export interface WholeApps {
  /** @returns the app before, which is whole when another one begins */
  take(part: Part): CheckedApp | undefined
  /** @returns the last one */
  end(): CheckedApp | undefined
}

export function createWholeApps(): WholeApps {
  let first: CheckedApp | undefined
  let further: Task[] = []

  function end(): CheckedApp | undefined {
    const whole = first && further.length > 0 ? withTasks(first, further) : first
    first = undefined
    further = []
    return whole
  }

  return {
    take(part) {
      if ('app' in part) {
        const whole = end()
        first = part
        return whole
      }
      for (const task of part.tasks) further.push(task)
      return undefined
    },
    end
  }
}

function withTasks({ app, problems }: CheckedApp, further: readonly Task[]): CheckedApp {
  return { app: { ...app, tasks: [...app.tasks, ...further] }, problems }
}
