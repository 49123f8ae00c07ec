import type { App } from './app.ts'
import type { AppFacts } from './app-facts.ts'
import { readApp } from './app-facts.ts'
import type { LabelRules } from './labels.ts'
import type { Problem } from './problem.ts'
import type { Override, Snapshot } from './snapshot.ts'

/** Reads every app once, with the operator's override for it. */
export function readApps(
  snapshots: readonly Snapshot[],
  rules: LabelRules,
  problems: Problem[]
): AppFacts[] {
  const overrides = new Map<string, Override>()
  const unused = new Map<Override, string>()
  for (const { source, overrides: own } of snapshots) {
    for (const override of own) {
      overrides.set(override.app, override)
      unused.set(override, source)
    }
  }
  const facts: AppFacts[] = []
  for (const { source, apps } of snapshots) {
    for (const app of distinct(apps, source, problems)) {
      const override = overrides.get(app.id)
      if (override !== undefined) unused.delete(override)
      const read = readApp(source, app, rules, override)
      problems.push(...read.problems)
      facts.push(read)
    }
  }
  for (const [override, source] of unused) {
    problems.push({
      source,
      app: override.file,
      reason: `no app ${override.app} is known to override`
    })
  }
  return facts
}

function distinct(apps: readonly App[], source: string, problems: Problem[]): Iterable<App> {
  const byId = new Map<string, App>()
  for (const app of apps) {
    if (byId.has(app.id)) {
      problems.push({
        source,
        app: app.id,
        reason: 'the source names this app twice; the first counts'
      })
    } else byId.set(app.id, app)
  }
  return byId.values()
}

/** By app id, in order of source names. */
export function indexApps(apps: readonly AppFacts[]): Map<string, AppFacts[]> {
  const index = new Map<string, AppFacts[]>()
  for (const facts of apps) {
    const others = index.get(facts.app.id)
    if (others === undefined) index.set(facts.app.id, [facts])
    else others.push(facts)
  }
  return index
}
