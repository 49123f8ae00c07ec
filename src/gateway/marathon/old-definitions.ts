import { LRUCache } from 'lru-cache'
import type { App, Task } from '../model/app.ts'
import type { Definition } from './schema.ts'

/** Asks Marathon for one version of an app; undefined when Marathon has it no longer. */
export type ReadDefinition = (appId: string, version: string) => Promise<Definition | undefined>

/** Gives tasks of older versions the ports of their own definition. */
export type CompleteApp = (app: App) => Promise<App>

const MAX_KEPT = 5000
/** A version that is missing now may be there after a leader change, ms. */
const MISSING_FOR_MS = 60_000

interface Kept {
  readonly definition?: Definition
}

/**
 * Tasks that run an older version may have other ports than the app has now (marathon-api §10.4).
 * A version never changes, so each is read once.
 */
export function createOldDefinitions(read: ReadDefinition): CompleteApp {
  const kept = new LRUCache<string, Kept>({ max: MAX_KEPT })

  async function definitionOf(appId: string, version: string): Promise<Definition | undefined> {
    const key = `${appId}@${version}`
    const known = kept.get(key)
    if (known !== undefined) return known.definition
    try {
      const definition = await read(appId, version)
      if (definition === undefined) kept.set(key, {}, { ttl: MISSING_FOR_MS })
      else kept.set(key, { definition })
      return definition
    } catch {
      return undefined
    }
  }

  return async (app) => {
    const old = new Set(app.tasks.filter((task) => hasOtherPorts(app, task)))
    if (old.size === 0) return app
    const versions = new Set([...old].map((task) => task.version as string))
    const definitions = new Map<string, Definition>()
    for (const version of versions) {
      const definition = await definitionOf(app.id, version)
      if (definition !== undefined) definitions.set(version, definition)
    }
    return { ...app, tasks: app.tasks.map((task) => withDefinition(task, old, definitions)) }
  }
}

/** Some task may need the ports of its own definition. */
export function hasOldTasks(app: App): boolean {
  return app.tasks.some((task) => hasOtherPorts(app, task))
}

/**
 * Counts that disagree prove it. A container's own ports leave no trace in the task, so there the
 * older definition is asked for whenever the configuration changed since.
 */
function hasOtherPorts(app: App, task: Task): boolean {
  if (task.version === undefined || task.version === app.version) return false
  const version = Date.parse(task.version)
  if (app.configChangedAt !== undefined && version >= app.configChangedAt) return false
  const hostPorts = app.ports.filter((port) => port.hasHostPort).length
  return task.ports.length !== hostPorts || hostPorts !== app.ports.length
}

function withDefinition(
  task: Task,
  old: ReadonlySet<Task>,
  definitions: ReadonlyMap<string, Definition>
): Task {
  const definition = old.has(task) ? definitions.get(task.version ?? '') : undefined
  return definition === undefined ? task : { ...task, definition }
}
