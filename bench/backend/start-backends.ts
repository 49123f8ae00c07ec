import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { type RunningProcess, startProcess } from '../running-process.ts'
import { untilAnswered } from '../until-answered.ts'
import { haproxyBackendConfig } from './haproxy-backend.ts'
import { BODY_SIZES, nginxBackendConfig } from './nginx-backend.ts'

/** What answers behind the proxies. It is no part of what is measured. */
export interface Backends {
  /** For the host's description: `nginx`, `HAProxy` or `Node`. */
  readonly name: string
  /** The fast one also has bodies that are larger than a buffer of HAProxy. */
  readonly hasLargeBodies: boolean
  stop(): Promise<void>
}

export interface BackendPlace {
  readonly folder: string
  readonly ports: { readonly backend: number; readonly bulk: number }
  /** Threads or processes of each. */
  readonly workers: number
  readonly cores: string | undefined
}

const START_LIMIT_MS = 20_000

/** Starts the fastest backend there is for plain answers, and one in Node that reads uploads. */
export async function startBackends(place: BackendPlace): Promise<Backends> {
  writeBodies(place.folder)
  const { name, start } = fastest()
  const running = [start(place), startNode(place, place.ports.bulk)]
  const stop = async () => {
    await Promise.all(running.map((process) => process.stop()))
  }
  try {
    const [fast, bulk] = running as [RunningProcess, RunningProcess]
    const question = { path: '/bytes/150', host: 'localhost', limitMs: START_LIMIT_MS }
    await untilAnswered(fast, { ...question, port: place.ports.backend, who: 'the backend' })
    await untilAnswered(bulk, { ...question, port: place.ports.bulk, who: 'the backend in Node' })
  } catch (error) {
    await stop()
    throw error
  }
  return { name, hasLargeBodies: name !== 'HAProxy', stop }
}

type Start = (place: BackendPlace) => RunningProcess

function fastest(): { name: string; start: Start } {
  const nginx = findProgram('nginx')
  if (nginx !== undefined) return { name: 'nginx', start: startNginx(nginx) }
  const haproxy = findProgram('haproxy')
  if (haproxy !== undefined) return { name: 'HAProxy', start: startHaproxy(haproxy) }
  return { name: 'Node', start: (place) => startNode(place, place.ports.backend) }
}

function startNginx(program: string): Start {
  return ({ folder, ports, workers, cores }) => {
    const file = join(folder, 'backend-nginx.conf')
    writeFileSync(file, nginxBackendConfig(ports.backend, folder, workers))
    return startProcess({ program, args: ['-c', file, '-e', 'stderr'], cores })
  }
}

function startHaproxy(program: string): Start {
  return ({ folder, ports, workers, cores }) => {
    const file = join(folder, 'backend-haproxy.cfg')
    writeFileSync(file, haproxyBackendConfig(ports.backend, folder, workers))
    return startProcess({ program, args: ['-db', '-f', file], cores })
  }
}

function startNode({ workers, cores }: BackendPlace, port: number): RunningProcess {
  const file = join(import.meta.dirname, 'node-backend.ts')
  const args = ['--import', 'tsx', file, String(port), String(workers)]
  return startProcess({ program: process.execPath, args, cores })
}

function writeBodies(folder: string): void {
  mkdirSync(join(folder, 'files/bytes'), { recursive: true })
  for (const size of BODY_SIZES) {
    writeFileSync(join(folder, 'files/bytes', String(size)), 'x'.repeat(size))
  }
}
