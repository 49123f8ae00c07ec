import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DOMAIN, type Stage } from '../stage.ts'
import type { Launch, Peer } from './peer.ts'

const root = join(import.meta.dirname, '../..')

/** The program that is measured unless another one is named. */
export const OWN_PROGRAM = join(root, 'dist/cli/main.js')

/** Ourselves: a build of the gateway, in each way it can carry traffic. */
export function gatewayPeers(program: string): readonly Peer[] {
  return [
    gatewayPeer(program, 'full', 'gateway, full lane', { plane: 'proxy' }),
    gatewayPeer(program, 'plane', 'gateway, haproxy plane', { plane: 'haproxy' })
  ]
}

function gatewayPeer(program: string, way: string, name: string, settings: object): Peer {
  return {
    id: `gateway-${way}`,
    name,
    kind: 'gateway',
    tuning: 'defaults, with the table from Marathon',
    version: async () => ownVersion(program),
    launch: (stage) => gatewayLaunch(program, stage, settings)
  }
}

function gatewayLaunch(program: string, stage: Stage, settings: object): Launch {
  const { port, folder, marathonUrl, cores } = stage
  // Files are YAML or JSON.
  const config = {
    ...settings,
    marathon: { urls: [marathonUrl] },
    routing: { domains: [DOMAIN] },
    proxy: { host: '127.0.0.1', port },
    haproxy: { folder: join(folder, 'haproxy') },
    admin: { port: 0 },
    shutdown: { delay: '0s', timeout: '2s' },
    log: { level: 'warn' }
  }
  const file = join(folder, 'gateway.json')
  return {
    files: { 'gateway.json': JSON.stringify(config, undefined, 2) },
    command: {
      program: process.execPath,
      args: [program, 'run', '--config', file],
      env: { NODE_ENV: 'production' },
      cores
    }
  }
}

function ownVersion(program: string): string | undefined {
  if (!existsSync(program)) return undefined
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}
