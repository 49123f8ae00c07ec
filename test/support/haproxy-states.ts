import type { Capabilities } from '../../src/plugins/haproxy/apply/capabilities.ts'
import type {
  Desired,
  DesiredBackend,
  DesiredServer,
  RenderedFile
} from '../../src/plugins/haproxy/desired.ts'

/** Small states of HAProxy for tests of `apply/`, and the files of them. */

/** What HAProxy 2.6 can do. */
export const able: Capabilities = {
  version: '2.6.12',
  addServer: true,
  experimental: false,
  addBackend: false,
  mapTransactions: true
}

export function server(name: string, part: Partial<DesiredServer> = {}): DesiredServer {
  return { name, address: '127.0.0.1', port: 9, weight: 100, backup: false, ...part }
}

export function backend(
  name: string,
  servers: readonly DesiredServer[] = [],
  part: Partial<DesiredBackend> = {}
): DesiredBackend {
  return { name, settings: ['mode http', 'balance roundrobin'], serverWords: [], servers, ...part }
}

export interface StateParts {
  readonly port?: number
  readonly socket?: string
  readonly backends?: readonly DesiredBackend[]
  /** Host to backend; by default each backend is the host `<its name>.test`. */
  readonly hosts?: readonly (readonly [host: string, backend: string])[]
  readonly moreStructure?: readonly string[]
  /** By backend or choice: lines that guard it. */
  readonly guards?: Readonly<Record<string, readonly string[]>>
  /** Backends of listeners that would lead past guards. */
  readonly shut?: readonly string[]
}

/** A state whose frontend finds a host's backend in `routes.map`, and its section in `backends.map`. */
export function state({
  port = 1,
  socket = '/nowhere/admin.sock',
  backends = [],
  hosts = backends.map(({ name }) => [`${name}.test`, name] as const),
  moreStructure = [],
  guards = {},
  shut = []
}: StateParts): Desired {
  const sorted = [...backends].sort((a, b) => (a.name < b.name ? -1 : 1))
  const byKey = (a: readonly [string, string], b: readonly [string, string]) =>
    a[0] < b[0] ? -1 : 1
  return {
    structure: [
      'global',
      `  stats socket ${socket} mode 600 level admin expose-fd listeners`,
      '  hard-stop-after 60s',
      'defaults base',
      '  mode http',
      '  timeout connect 2s',
      '  timeout client 30s',
      '  timeout server 30s',
      '  option redispatch 1',
      '  retries 3',
      '  retry-on conn-failure empty-response',
      '  option idle-close-on-response',
      ...moreStructure,
      'frontend front from base',
      `  bind 127.0.0.1:${port}`,
      '  http-request set-var(txn.backend) req.hdr(host),lower,map_str(@folder@/routes.map)',
      '  http-request return status 404 if !{ var(txn.backend) -m found }',
      '  use_backend %[var(txn.backend),map_str(@folder@/backends.map)]'
    ],
    backends: sorted,
    maps: [
      { name: 'backends.map', entries: sorted.map(({ name }) => [name, name] as const) },
      { name: 'routes.map', entries: [...hosts].sort(byKey) }
    ],
    indirection: 'backends.map',
    protection: {
      closed: 'closed',
      known: new Set(['closed', 'strict']),
      guards: new Map(Object.entries(guards)),
      shut: new Set(shut)
    }
  }
}

/** The files of a state as HAProxy reads them. */
export function renderState(desired: Desired, folder: string): RenderedFile[] {
  const lines = desired.structure.map((line) => line.replaceAll('@folder@', folder))
  for (const { name, settings } of desired.defaults ?? []) {
    lines.push(`defaults ${name} from base`, ...settings.map((line) => `  ${line}`))
  }
  for (const { name, settings, serverWords, servers } of desired.backends) {
    lines.push(`backend ${name} from base`, ...settings.map((line) => `  ${line}`))
    for (const { name, address, port, weight, backup } of servers) {
      const words = [...(backup ? ['backup'] : []), ...serverWords].join(' ')
      lines.push(`  server ${name} ${address}:${port} weight ${weight} ${words}`)
    }
  }
  const maps = desired.maps.map(({ name, entries }) => {
    return { name, content: entries.map((entry) => `${entry.join(' ')}\n`).join('') }
  })
  return [{ name: 'haproxy.cfg', content: `${lines.join('\n')}\n` }, ...maps]
}
