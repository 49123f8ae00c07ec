import { createHash } from 'node:crypto'
import Type from 'typebox'
import { Compile } from 'typebox/compile'
import type { App } from '../model/app.ts'
import type { Claims } from '../model/claims.ts'
import type { HealthMemory } from '../model/readiness.ts'
import type { Snapshot } from '../model/snapshot.ts'
import {
  restoredApp,
  type SavedApp,
  SavedAppSchema,
  type SavedTask,
  SavedTaskSchema,
  savedApp,
  savedTask
} from './saved-app.ts'

/** What outlives the process. */
export interface State {
  readonly claims: Claims
  /** Of sources that give apps. */
  readonly snapshots: readonly Snapshot[]
  readonly health: HealthMemory
  /** Ids of tasks that are on their way out: not worth keeping. */
  readonly ending: ReadonlySet<string>
}

/** What a state file gives back. */
export type SavedState = Pick<State, 'claims' | 'snapshots'>

const VERSION = 2
/** Things per line, so that neither side holds the process for long over one of them. */
const PER_LINE = 200

const strict = { additionalProperties: false } as const
const lines = {
  head: Compile(Type.Object({ gateway: Type.Literal('state'), version: Type.Integer() }, strict)),
  claims: Compile(
    Type.Object(
      { claims: Type.Array(Type.Tuple([Type.String(), Type.String(), Type.String()])) },
      strict
    )
  ),
  source: Compile(Type.Object({ source: Type.String(), takenAt: Type.Number() }, strict)),
  app: Compile(Type.Object({ app: SavedAppSchema }, strict)),
  tasks: Compile(Type.Object({ tasks: Type.Array(SavedTaskSchema) }, strict)),
  end: Compile(Type.Object({ sha256: Type.String() }, strict))
}

/** As it was written before there were snapshots in it. */
const firstVersion = Compile(
  Type.Object({
    version: Type.Literal(1),
    claims: Type.Array(
      Type.Object({ key: Type.String(), source: Type.String(), app: Type.String() })
    )
  })
)

/** The text of a state file, line by line; the last line is the checksum of those before. */
export function* stateLines(state: State): Generator<string, void, undefined> {
  const sum = createHash('sha256')
  for (const value of stateValues(state)) {
    const line = `${JSON.stringify(value)}\n`
    sum.update(line)
    yield line
  }
  yield `${JSON.stringify({ sha256: sum.digest('hex') })}\n`
}

function* stateValues(state: State): Generator<object, void, undefined> {
  yield { gateway: 'state', version: VERSION }
  let claims: string[][] = []
  for (const [key, { source, app }] of state.claims) {
    claims.push([key, source, app])
    if (claims.length < PER_LINE) continue
    yield { claims }
    claims = []
  }
  if (claims.length > 0) yield { claims }
  for (const { source, takenAt, apps } of state.snapshots) {
    yield { source, takenAt }
    for (const app of apps) yield* appValues(source, app, state)
  }
}

function* appValues(source: string, app: App, { health, ending }: State) {
  yield { app: savedApp(app) }
  for (let at = 0; at < app.tasks.length; at += PER_LINE) {
    const some = app.tasks.slice(at, at + PER_LINE).filter(({ id }) => !ending.has(id))
    const tasks = some.map((task) => savedTask(app, task, health.get(`${source} ${task.id}`)))
    yield { tasks }
  }
}

/** @throws Error with a clause that says what is wrong with the file */
export function parseState(text: string): SavedState {
  const body = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)
  const head: unknown = parseJson(text.slice(0, text.indexOf('\n')))
  if (!lines.head.Check(head)) return parseFirstVersion(text)
  if (head.version !== VERSION) {
    throw new Error(`it is of version ${head.version}, this gateway writes version ${VERSION}`)
  }
  const end: unknown = parseJson(text.slice(body.length))
  const sum = createHash('sha256').update(body).digest('hex')
  if (!lines.end.Check(end)) throw new Error('its end is missing')
  if (end.sha256 !== sum) throw new Error('its checksum is wrong')
  return stateOf(body.split('\n').slice(1, -1))
}

function parseFirstVersion(text: string): SavedState {
  const state: unknown = parseJson(text)
  if (!firstVersion.Check(state)) throw new Error('it is no state file of this gateway')
  const claims = new Map(state.claims.map(({ key, source, app }) => [key, { source, app }]))
  return { claims, snapshots: [] }
}

/** The text of a state file with the claims of another and nothing else. @throws as `parseState` */
export function claimsOnly(text: string): string {
  const { claims } = parseState(text)
  return [...stateLines({ claims, snapshots: [], health: new Map(), ending: new Set() })].join('')
}

interface OpenSnapshot {
  readonly source: string
  readonly takenAt: number
  readonly apps: { readonly app: SavedApp; readonly tasks: SavedTask[] }[]
}

/** @throws Error when a line is none that `stateLines` writes */
function stateOf(texts: readonly string[]): SavedState {
  const claims = new Map<string, { source: string; app: string }>()
  const open: OpenSnapshot[] = []
  for (const text of texts) {
    const value: unknown = parseJson(text)
    if (takeOfSnapshot(open, value)) continue
    if (!lines.claims.Check(value)) throw new Error('it has a line that makes no sense')
    for (const [key, source, app] of value.claims) claims.set(key, { source, app })
  }
  return { claims, snapshots: open.map(restored) }
}

/** @returns false when the value is of something else */
function takeOfSnapshot(open: OpenSnapshot[], value: unknown): boolean {
  const snapshot = open.at(-1)
  const app = snapshot?.apps.at(-1)
  if (lines.source.Check(value)) open.push({ ...value, apps: [] })
  else if (snapshot !== undefined && lines.app.Check(value)) {
    snapshot.apps.push({ app: value.app, tasks: [] })
  } else if (app !== undefined && lines.tasks.Check(value)) app.tasks.push(...value.tasks)
  else return false
  return true
}

function restored({ source, takenAt, apps }: OpenSnapshot): Snapshot {
  return {
    source,
    takenAt,
    apps: apps.map(({ app, tasks }) => restoredApp(app, tasks)),
    routes: [],
    services: [],
    overrides: [],
    problems: []
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
