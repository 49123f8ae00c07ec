import type { App, AppPort, Task } from '../model/app.ts'
import type { Problem } from '../model/problem.ts'

/** An app that was read, and what is wrong in it. */
export interface CheckedApp {
  readonly app: App
  readonly problems: readonly Problem[]
}

/** Further tasks of the app before. */
export interface MoreTasks {
  readonly tasks: readonly Task[]
}

/** What an answer consists of, in its order. */
export type Part = CheckedApp | MoreTasks

type Entries<Key, Value> = readonly (readonly [Key, Value])[]
type PackedPort = Omit<AppPort, 'labels'> & { readonly labels: Entries<string, string> }
type PackedApp = Omit<App, 'labels' | 'ports' | 'readiness'> & {
  readonly labels: Entries<string, string>
  readonly ports: readonly PackedPort[]
  readonly readiness: Entries<string, boolean>
}
interface Packed {
  readonly app: PackedApp
  readonly problems: readonly Problem[]
}

/**
 * The app as JSON: threads hand over a text far faster than objects. One app gives one text as a rule,
 * and one with many tasks several, each of about `maxLength` characters. Apps that are the same have the
 * same texts.
 */
export function textsOf({ app, problems }: CheckedApp, maxLength: number): readonly string[] {
  const { tasks, ...rest } = app
  const packed = packedOf(app)
  const text = JSON.stringify({ app: packed, problems } satisfies Packed)
  if (text.length <= maxLength || tasks.length < 2) return [text]
  const share = Math.max(1, Math.floor((tasks.length * maxLength) / text.length))
  const first = packedOf({ ...rest, tasks: tasks.slice(0, share) })
  const texts = [JSON.stringify({ app: first, problems } satisfies Packed)]
  for (let from = share; from < tasks.length; from += share) {
    texts.push(JSON.stringify({ tasks: tasks.slice(from, from + share) } satisfies MoreTasks))
  }
  return texts
}

/** @param texts of `textsOf`, in their order */
export function pieceOf(texts: readonly string[]): string {
  return `[${texts.join()}]`
}

/** Reads what `pieceOf` made. */
export function readPiece(text: string): readonly Part[] {
  const parts = JSON.parse(text) as (Packed | MoreTasks)[]
  return parts.map((part) =>
    'app' in part ? { app: unpacked(part.app), problems: part.problems } : part
  )
}

function packedOf(app: App): PackedApp {
  return {
    ...app,
    labels: [...app.labels],
    ports: app.ports.map((port) => ({ ...port, labels: [...port.labels] })),
    readiness: [...app.readiness]
  }
}

function unpacked(app: PackedApp): App {
  return {
    ...app,
    labels: new Map(app.labels),
    ports: app.ports.map((port) => ({ ...port, labels: new Map(port.labels) })),
    readiness: new Map(app.readiness)
  }
}
