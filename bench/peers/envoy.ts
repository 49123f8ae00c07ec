import { join } from 'node:path'
import type { BenchApp, Stage } from '../stage.ts'
import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

export const envoy: Peer = {
  id: 'envoy',
  name: 'Envoy',
  kind: 'server',
  tuning:
    'envoyproxy.io, “How do I benchmark Envoy”: `--concurrency` as asked for, circuit breakers out of the way, no request ids, no dynamic statistics, no log',
  version: () => programVersion('envoy', ['--version']),
  launch(stage) {
    const file = join(stage.folder, 'envoy.json')
    const threads = ['--concurrency', String(stage.workers)]
    return {
      files: { 'envoy.json': envoyConfig(stage) },
      command: {
        program: 'envoy',
        args: ['-c', file, ...threads, '--disable-hot-restart', '--log-level', 'error'],
        cores: stage.cores
      }
    }
  }
}

export function envoyConfig({ apps, port }: Stage): string {
  const manager = {
    '@type':
      'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'front',
    codec_type: 'HTTP1',
    use_remote_address: true,
    generate_request_id: false,
    route_config: { virtual_hosts: apps.map(virtualHostOf) },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
          dynamic_stats: false,
          suppress_envoy_headers: true
        }
      }
    ]
  }
  const chain = {
    filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }]
  }
  return JSON.stringify({
    static_resources: {
      listeners: [{ name: 'front', address: addressOf('127.0.0.1', port), filter_chains: [chain] }],
      clusters: apps.map(clusterOf)
    }
  })
}

function virtualHostOf({ id, host }: BenchApp) {
  return {
    name: id,
    domains: [host, `${host}:*`],
    request_headers_to_add: [
      {
        header: { key: 'x-forwarded-host', value: '%REQ(:authority)%' },
        append_action: 'OVERWRITE_IF_EXISTS_OR_ADD'
      }
    ],
    routes: [{ match: { prefix: '/' }, route: { cluster: id, timeout: '0s' } }]
  }
}

function clusterOf({ id, tasks }: BenchApp) {
  const most = { max_connections: 100_000, max_pending_requests: 100_000, max_requests: 100_000 }
  return {
    name: id,
    type: 'STATIC',
    connect_timeout: '2s',
    lb_policy: 'ROUND_ROBIN',
    circuit_breakers: { thresholds: [most] },
    load_assignment: {
      cluster_name: id,
      endpoints: [
        {
          lb_endpoints: tasks.map(({ host, port }) => ({
            endpoint: { address: addressOf(host, port) }
          }))
        }
      ]
    }
  }
}

function addressOf(address: string, port: number) {
  return { socket_address: { address, port_value: port } }
}
