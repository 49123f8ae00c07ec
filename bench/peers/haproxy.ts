import { join } from 'node:path'
import type { BenchApp, Stage } from '../stage.ts'
import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

/** Hosts are looked up in a map, as HAProxy's documentation advises for many of them. */
export const haproxy: Peer = {
  id: 'haproxy',
  name: 'HAProxy',
  kind: 'server',
  tuning:
    'configuration manual of 2.6: `nbthread` as asked for, `http-reuse always`, hosts in a map; no splicing, no log',
  version: () => programVersion('haproxy', ['-v']),
  launch(stage) {
    return {
      files: { 'haproxy.cfg': haproxyConfig(stage), 'hosts.map': hostsMap(stage.apps) },
      command: {
        program: 'haproxy',
        args: ['-db', '-f', join(stage.folder, 'haproxy.cfg')],
        cores: stage.cores
      }
    }
  }
}

export function haproxyConfig({ apps, port, folder, workers }: Stage): string {
  return `global
  nbthread ${workers}
  maxconn 20000
  # The count of open files is that of the machine: it may be lower than twice maxconn.
  no strict-limits
defaults
  mode http
  http-reuse always
  timeout client 60s
  timeout connect 2s
  timeout server 60s
  timeout http-keep-alive 300s
frontend front
  bind 127.0.0.1:${port} backlog 4096
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  use_backend %[req.hdr(host),field(1,:),lower,map_str(${folder}/hosts.map,unknown)]
backend unknown
  http-request return status 404
${apps.map(backendOf).join('')}`
}

function backendOf({ id, tasks }: BenchApp): string {
  const servers = tasks.map(({ host, port }, at) => `  server t${at} ${host}:${port}\n`)
  return `backend ${id}\n  balance roundrobin\n${servers.join('')}`
}

function hostsMap(apps: readonly BenchApp[]): string {
  return apps.map(({ host, id }) => `${host} ${id}\n`).join('')
}
