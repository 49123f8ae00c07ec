/** The changes of a run, drawn beforehand: the same seed gives the same changes, whatever their pace. */

export type Role = 'steady' | 'passing' | 'socket'

export type ChangeKind =
  | 'scale-up'
  | 'scale-down'
  | 'kill'
  | 'crash'
  | 'deploy'
  | 'settings'
  | 'create'
  | 'destroy'

export interface AppPlan {
  /** Name of the app and of its host, `<name>.test`. */
  readonly name: string
  readonly role: Role
  readonly instances: number
}

export interface Change {
  /** From 1. */
  readonly number: number
  readonly kind: ChangeKind
  readonly app: string
  /** Tasks the app shall have afterwards. */
  readonly instances: number
}

export interface Script {
  /** Apps that are there before the first change. */
  readonly apps: readonly AppPlan[]
  readonly changes: readonly Change[]
}

interface Kind {
  /** How often, compared with the others. */
  readonly share: number
  readonly fits: (app: AppPlan) => boolean
  readonly instances: (app: AppPlan) => number
}

/** Steady apps have two tasks at least: whoever ends one of them leaves another to serve. */
const LEAST: Readonly<Record<Role, number>> = { steady: 2, passing: 1, socket: 1 }
const MOST: Readonly<Record<Role, number>> = { steady: 4, passing: 3, socket: 3 }
const STEADY_APPS = 4
const MOST_PASSING = 6

const same = ({ instances }: AppPlan) => instances
const isOrdinary = ({ role }: AppPlan) => role !== 'socket'
const hasTwo = (app: AppPlan) => isOrdinary(app) && app.instances >= 2

/**
 * The app that holds the WebSocket is scaled only: its oldest task is the last to go, and it never goes.
 * A new app is no candidate; `create` is drawn where there is room for one.
 */
const KINDS: Readonly<Record<Exclude<ChangeKind, 'create'>, Kind>> = {
  'scale-up': {
    share: 22,
    fits: ({ role, instances }) => instances < MOST[role],
    instances: ({ instances }) => instances + 1
  },
  'scale-down': {
    share: 22,
    fits: ({ role, instances }) => instances > LEAST[role],
    instances: ({ instances }) => instances - 1
  },
  kill: { share: 16, fits: hasTwo, instances: same },
  crash: { share: 5, fits: hasTwo, instances: same },
  deploy: { share: 13, fits: isOrdinary, instances: same },
  settings: { share: 2, fits: ({ role }) => role === 'steady', instances: same },
  destroy: { share: 9, fits: ({ role }) => role === 'passing', instances: () => 0 }
}
const CREATE_SHARE = 11

/** Changes of what only lines of the configuration can say. */
export function isStructural({ kind }: Change): boolean {
  return kind === 'settings'
}

/** @param random numbers in [0, 1) */
export function drawScript(count: number, random: () => number): Script {
  const apps: AppPlan[] = [
    ...Array.from({ length: STEADY_APPS }, (_, at) => {
      return { name: `steady-${at + 1}`, role: 'steady' as const, instances: 2 }
    }),
    { name: 'socket', role: 'socket', instances: 1 }
  ]
  const now = new Map(apps.map((app) => [app.name, app]))
  const changes: Change[] = []
  let created = 0
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]
  for (let number = 1; number <= count; number += 1) {
    const kind = pick(ticketsOf([...now.values()])) ?? 'create'
    const app =
      kind === 'create' ? newApp(++created) : pick([...now.values()].filter(KINDS[kind].fits))
    if (app === undefined) continue
    const instances = kind === 'create' ? app.instances : KINDS[kind].instances(app)
    if (kind === 'destroy') now.delete(app.name)
    else now.set(app.name, { ...app, instances })
    changes.push({ number, kind, app: app.name, instances })
  }
  return { apps, changes }
}

function newApp(number: number): AppPlan {
  return { name: `passing-${number}`, role: 'passing', instances: 1 + (number % 2) }
}

/** Each kind that is possible now, as often as its share says. */
function ticketsOf(apps: readonly AppPlan[]): ChangeKind[] {
  const passing = apps.filter(({ role }) => role === 'passing').length
  const kinds = Object.entries(KINDS) as [Exclude<ChangeKind, 'create'>, Kind][]
  return [
    ...kinds.flatMap(([kind, { share, fits }]) =>
      apps.some(fits) ? Array.from({ length: share }, () => kind) : []
    ),
    ...(passing < MOST_PASSING ? Array.from({ length: CREATE_SHARE }, () => 'create' as const) : [])
  ]
}
