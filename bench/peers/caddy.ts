import { join } from 'node:path'
import type { BenchApp, Stage } from '../stage.ts'
import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

export const caddy: Peer = {
  id: 'caddy',
  name: 'Caddy',
  kind: 'server',
  tuning:
    'caddyserver.com/docs/json: a route for each host, idle connections to tasks without a limit, no compression between, `GOMAXPROCS` as asked for, no log',
  version: () => programVersion('caddy', ['version']),
  launch(stage) {
    return {
      files: { 'caddy.json': caddyConfig(stage) },
      command: {
        program: 'caddy',
        args: ['run', '--config', join(stage.folder, 'caddy.json')],
        env: {
          GOMAXPROCS: String(stage.workers),
          XDG_CONFIG_HOME: stage.folder,
          XDG_DATA_HOME: stage.folder
        },
        cores: stage.cores
      }
    }
  }
}

export function caddyConfig({ apps, port }: Stage): string {
  const server = {
    listen: [`127.0.0.1:${port}`],
    automatic_https: { disable: true },
    protocols: ['h1'],
    idle_timeout: '300s',
    routes: [...apps.map(routeOf), { handle: [{ handler: 'static_response', status_code: 404 }] }]
  }
  return JSON.stringify({
    admin: { disabled: true },
    logging: { logs: { default: { level: 'ERROR' } } },
    apps: { http: { servers: { front: server } } }
  })
}

function routeOf({ host, tasks }: BenchApp) {
  return {
    match: [{ host: [host] }],
    handle: [
      {
        handler: 'reverse_proxy',
        upstreams: tasks.map((task) => ({ dial: `${task.host}:${task.port}` })),
        load_balancing: { selection_policy: { policy: 'round_robin' } },
        transport: {
          protocol: 'http',
          compression: false,
          keep_alive: { max_idle_conns: 0, max_idle_conns_per_host: 1024 }
        }
      }
    ],
    terminal: true
  }
}
