/** One app of the table that every proxy routes by: a host and the tasks behind it. */
export interface BenchApp {
  /** `app-7` */
  readonly id: string
  /** `app-7.bench.local` */
  readonly host: string
  readonly tasks: readonly BenchTask[]
}

export interface BenchTask {
  /** An address of the loopback network, so that each task has one of its own. */
  readonly host: string
  readonly port: number
}

/** What a proxy is told: the same for all. */
export interface Stage {
  readonly apps: readonly BenchApp[]
  /** To listen on, at 127.0.0.1. */
  readonly port: number
  /** For its files and sockets alone. */
  readonly folder: string
  /** Threads or processes that carry traffic. */
  readonly workers: number
  /** Cores it may run on, as taskset(1) takes them. */
  readonly cores: string | undefined
  /** Where the same table is served as Marathon would. */
  readonly marathonUrl: string
}

export interface TableSize {
  readonly apps: number
  readonly tasksPerApp: number
}

/** The app whose tasks are Node: they read uploads. */
export const BULK_APP = 'bulk'

export const DOMAIN = 'bench.local'

/**
 * Apps whose tasks are all served by one backend, which listens on every address: 127.0.0.0/8 has
 * sixteen million of them, enough for any table.
 */
export function buildTable(
  size: TableSize,
  ports: { readonly backend: number; readonly bulk: number }
): BenchApp[] {
  const apps = Array.from({ length: size.apps }, (_, app) =>
    appOf(`app-${app}`, app, size.tasksPerApp, ports.backend)
  )
  return [...apps, appOf(BULK_APP, size.apps, 2, ports.bulk)]
}

/** Apps at equal distances over the whole table, so that lookups aren't all of its beginning. */
export function spreadHosts(apps: readonly BenchApp[], count: number): string[] {
  const plain = apps.filter(({ id }) => id !== BULK_APP)
  const step = plain.length / Math.min(count, plain.length)
  return Array.from(
    { length: Math.min(count, plain.length) },
    (_, at) => plain[Math.floor(at * step)]?.host ?? ''
  )
}

function appOf(id: string, index: number, tasks: number, port: number): BenchApp {
  const host = (task: number) => `127.${1 + (index >> 8)}.${index & 255}.${1 + task}`
  return {
    id,
    host: `${id}.${DOMAIN}`,
    tasks: Array.from({ length: tasks }, (_, task) => ({ host: host(task), port }))
  }
}
