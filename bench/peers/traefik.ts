import { join } from 'node:path'
import type { BenchApp, Stage } from '../stage.ts'
import type { Peer } from './peer.ts'
import { programVersion } from './program-version.ts'

export const traefik: Peer = {
  id: 'traefik',
  name: 'Traefik',
  kind: 'server',
  tuning:
    'doc.traefik.io: file provider, a router and a service for each host, `maxIdleConnsPerHost` 1024, `GOMAXPROCS` as asked for, no log, no metrics',
  version: () => programVersion('traefik', ['version']),
  launch(stage) {
    return {
      files: {
        'traefik.json': traefikStatic(stage),
        'routes.json': traefikRoutes(stage.apps)
      },
      command: {
        program: 'traefik',
        args: [`--configfile=${join(stage.folder, 'traefik.json')}`],
        env: { GOMAXPROCS: String(stage.workers) },
        cores: stage.cores
      }
    }
  }
}

/** Traefik reads YAML, of which JSON is a part. */
export function traefikStatic({ port, folder }: Stage): string {
  return JSON.stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: 'ERROR' },
    entryPoints: {
      web: {
        address: `127.0.0.1:${port}`,
        transport: { respondingTimeouts: { readTimeout: '0s', idleTimeout: '300s' } }
      }
    },
    serversTransport: { maxIdleConnsPerHost: 1024 },
    providers: { file: { filename: `${folder}/routes.json`, watch: false } }
  })
}

export function traefikRoutes(apps: readonly BenchApp[]): string {
  const routers = apps.map(({ id, host }) => [id, { rule: `Host(\`${host}\`)`, service: id }])
  const services = apps.map(({ id, tasks }) => [
    id,
    {
      loadBalancer: { servers: tasks.map(({ host, port }) => ({ url: `http://${host}:${port}` })) }
    }
  ])
  return JSON.stringify({
    http: { routers: Object.fromEntries(routers), services: Object.fromEntries(services) }
  })
}
