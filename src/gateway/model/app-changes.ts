import type { App } from './app.ts'

export interface AppChange {
  readonly id: string
  readonly before: App | undefined
  readonly after: App | undefined
}

/**
 * Which apps came, went or are another object. Costs little where the lists are alike; an id that is
 * in a list twice is not noticed.
 */
export function appChanges(previous: readonly App[], next: readonly App[]): readonly AppChange[] {
  if (previous === next) return []
  const shorter = Math.min(previous.length, next.length)
  let start = 0
  while (start < shorter && previous[start] === next[start]) start += 1
  let end = 0
  while (end < shorter - start && previous.at(-1 - end) === next.at(-1 - end)) end += 1
  const before = byId(previous.slice(start, previous.length - end))
  const after = byId(next.slice(start, next.length - end))
  const changes: AppChange[] = []
  for (const [id, app] of before) {
    const now = after.get(id)
    if (now !== app) changes.push({ id, before: app, after: now })
  }
  for (const [id, app] of after) {
    if (!before.has(id)) changes.push({ id, before: undefined, after: app })
  }
  return changes
}

function byId(apps: readonly App[]): ReadonlyMap<string, App> {
  return new Map(apps.map((app) => [app.id, app]))
}
