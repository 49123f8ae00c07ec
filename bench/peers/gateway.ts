import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { NODE_FLAGS } from '../node-flags.ts'
import { DOMAIN, type Stage } from '../stage.ts'
import type { Launch, Peer } from './peer.ts'

/** One machine asks for all clients there are. */
const FRONT = { host: '127.0.0.1', maxConnectionsPerClient: 0 }
const root = join(import.meta.dirname, '../..')

/** The program that is measured unless another one is named. */
export const OWN_PROGRAM = join(root, 'dist/cli/main.js')

/** Ourselves: a build of the gateway, in each way it can carry traffic. */
export function gatewayPeers(program: string): readonly Peer[] {
  return [
    gatewayPeer(program, { id: 'gateway-wire', name: 'gateway, wire lane', lane: 'wire' }),
    gatewayPeer(program, { id: 'gateway-full', name: 'gateway, full lane', lane: 'full' }),
    gatewayPeer(program, { id: 'gateway-plane', name: 'gateway, haproxy plane' })
  ]
}

interface Way {
  readonly id: string
  readonly name: string
  /** Absent where HAProxy carries the bytes. */
  readonly lane?: 'wire' | 'full'
}

function gatewayPeer(program: string, { id, name, lane }: Way): Peer {
  return {
    id,
    name,
    kind: 'gateway',
    tuning: 'defaults, with the table from Marathon',
    version: async () => (lane ?? findProgram('haproxy')) && ownVersion(program),
    launch: (stage) => gatewayLaunch(program, stage, lane)
  }
}

function gatewayLaunch(program: string, stage: Stage, lane: Way['lane']): Launch {
  const { folder, cores } = stage
  // Files are YAML or JSON.
  const config = JSON.stringify(gatewayConfig(stage, lane), undefined, 2)
  return {
    files: { 'gateway.json': config },
    command: {
      program: process.execPath,
      args: [...NODE_FLAGS, program, 'run', '--config', join(folder, 'gateway.json')],
      env: { NODE_ENV: 'production' },
      cores
    }
  }
}

function gatewayConfig({ port, folder, marathonUrl, workers }: Stage, lane: Way['lane']) {
  return {
    plane: lane === undefined ? 'haproxy' : 'proxy',
    ...(workers > 1 && lane !== undefined && { workers }),
    marathon: { urls: [marathonUrl] },
    routing: { domains: [DOMAIN] },
    proxy: { ...FRONT, port, ...(lane !== undefined && { lane }) },
    haproxy: { folder: join(folder, 'haproxy') },
    admin: { port: 0 },
    shutdown: { delay: '0s', timeout: '2s' },
    log: { level: 'warn' }
  }
}

function ownVersion(program: string): string | undefined {
  if (!existsSync(program)) return undefined
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}
