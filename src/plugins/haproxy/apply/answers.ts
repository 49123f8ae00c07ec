/** What HAProxy's `show` commands print, as data. Columns are found by their names, never by place. */

export interface SeenServer {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly weight: number
  /** No maintenance and no drain, whoever asked for it. */
  readonly ready: boolean
}

/** `show servers state [backend]`: servers by backend. */
export function parseServersState(text: string): Map<string, SeenServer[]> {
  const [head = [], ...rows] = table(text, '# be_id')
  const column = (name: string) => head.indexOf(name)
  const [backend, name, address, admin, weight, port] = [
    column('be_name'),
    column('srv_name'),
    column('srv_addr'),
    column('srv_admin_state'),
    column('srv_uweight'),
    column('srv_port')
  ]
  const found = new Map<string, SeenServer[]>()
  for (const row of rows) {
    const servers = found.get(row[backend] ?? '') ?? []
    found.set(row[backend] ?? '', servers)
    servers.push({
      name: row[name] ?? '',
      address: row[address] ?? '',
      port: Number(row[port]),
      weight: Number(row[weight]),
      ready: row[admin] === '0'
    })
  }
  return found
}

/** `show backend`: names of backends. */
export function parseBackends(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

/** `show stat -1 4 -1`: `backend/server` of every backup server. */
export function parseBackupServers(text: string): Set<string> {
  const [head = '', ...rows] = text.trim().split('\n')
  const names = head.replace(/^# /, '').split(',')
  const [backend, server, backup] = ['pxname', 'svname', 'bck'].map((name) => names.indexOf(name))
  const found = new Set<string>()
  for (const row of rows) {
    const cells = row.split(',')
    if (cells[backup ?? -1] === '1') found.add(`${cells[backend ?? -1]}/${cells[server ?? -1]}`)
  }
  return found
}

/** `show stat -1 8 -1`: addresses of listeners, of frontends with `option socket-stats`. */
export function parseListeners(text: string): { readonly host: string; readonly port: number }[] {
  const [head = '', ...rows] = text.trim().split('\n')
  const at = head.split(',').indexOf('addr')
  return rows.flatMap((row) => {
    const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(row.split(',')[at] ?? '') ?? []
    return host === undefined ? [] : [{ host, port: Number(port) }]
  })
}

/** `show map <file>`: reference, key, value; undefined when HAProxy has no such map. */
export function parseMap(text: string): Map<string, string> | undefined {
  if (/^Unknown map/m.test(text)) return undefined
  const entries = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) entries.set(key, value)
  }
  return entries
}

/** The process that answers `show info`. */
export function parseWorkerPid(text: string): number | undefined {
  const pid = /^Pid: (\d+)$/m.exec(text)?.[1]
  return pid === undefined ? undefined : Number(pid)
}

export interface SeenProcesses {
  readonly master: number
  /** The worker that takes new connections; absent while a reload failed to start one. */
  readonly worker?: number
  /** Workers of former configurations that still hold connections. */
  readonly oldWorkers: readonly number[]
  /** Failed reloads in a row (HAProxy ≥ 2.5 says it; else 0). */
  readonly failedReloads: number
}

/** `show proc` of the master's socket; undefined when it is not that. */
export function parseProcesses(text: string): SeenProcesses | undefined {
  const lines = text.split('\n')
  const master = lines.map((line) => /^(\d+)\s+master\b/.exec(line)?.[1]).find(Boolean)
  if (master === undefined) return undefined
  const oldFrom = lines.indexOf('# old workers')
  const workers = lines.flatMap((line, at) => {
    const [, pid, reloads] = /^(\d+)\s+worker\s+(\d+)/.exec(line) ?? []
    const isOld = oldFrom >= 0 && at > oldFrom
    return pid === undefined ? [] : [{ pid: Number(pid), reloads: Number(reloads), isOld }]
  })
  const failedReloads = Number(/\[failed: (\d+)\]/.exec(text)?.[1] ?? 0)
  // Since 3.1 a reload that failed leaves the worker that goes on among the old ones.
  const worker =
    workers.find(({ isOld }) => !isOld) ??
    workers.find(({ reloads }) => failedReloads > 0 && reloads === failedReloads)
  return {
    master: Number(master),
    ...(worker === undefined ? {} : { worker: worker.pid }),
    oldWorkers: workers.filter((one) => one !== worker && one.isOld).map(({ pid }) => pid),
    failedReloads
  }
}

function table(text: string, headStart: string): string[][] {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.startsWith(headStart))
  if (from < 0) return []
  const [head = '', ...rows] = lines.slice(from)
  return [
    head.replace(/^# /, '').split(' '),
    ...rows.filter((row) => row !== '').map((row) => row.split(' '))
  ]
}
