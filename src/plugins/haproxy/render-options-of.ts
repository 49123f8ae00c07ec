import { join } from 'node:path'
import { durationMs } from '../../gateway/config/duration.ts'
import type { Parts } from '../../gateway/plugin.ts'
import type { HaproxyOptions } from './options.ts'
import { portRangeOf } from './port-range.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'
import type { RenderOptions, ServicePortOptions } from './render/options.ts'

/** What was found out about the sockets and files that service ports ask for. */
export type ListenerFacts = Pick<ServicePortOptions, 'refused' | 'certificateFiles'>

/** What is not said by the operator, but found out. */
export interface FoundFacts {
  /** Names of resolvers that decide in code. */
  readonly finders: readonly string[]
  /** The program can check password hashes; absent: it can. */
  readonly passwords?: boolean
  /** Addresses of endpoints whose host is a name. */
  readonly addresses: ReadonlyMap<string, string>
  /** Absent: nothing may be opened that takes a certificate. */
  readonly listeners?: ListenerFacts
  /** Socket of a proxy plane behind this HAProxy; absent: there is none. */
  readonly fallback?: string
}

/** A unix socket's path is no longer than this: HAProxy writes it beside first. */
const LONGEST_SOCKET = 97

/** What the operator says, for `render/`: the plane and the command `render` say the same. */
export function renderOptionsOf(
  options: HaproxyOptions,
  front: FrontDoorOptions,
  found: FoundFacts
): RenderOptions {
  const { certificates, tlsPort } = options
  const { listeners, ...known } = found
  const { host: address, appIdHeader } = front
  const stats = statsSocketOf(options)
  return {
    ...frontDoorRenderOptions(front),
    ...(tlsPort === 0 ? {} : { tls: { host: address, port: tlsPort, appIdHeader, certificates } }),
    hardStopMs: durationMs(options.hardStop),
    socket: socketOf(options),
    ...(stats === undefined ? {} : { stats }),
    // Somebody else's master can't be told.
    handover: options.socket === '',
    log: options.socket === '',
    ...(options.servicePorts
      ? { servicePorts: servicePortOptionsOf(options, address, listeners) }
      : {}),
    ...known
  }
}

/** @param host address of the front door */
export function servicePortOptionsOf(
  { servicePortRange, certificates }: Pick<HaproxyOptions, 'servicePortRange' | 'certificates'>,
  host: string,
  found: ListenerFacts = {}
): ServicePortOptions {
  const range = portRangeOf(servicePortRange)
  return { host, certificates, ...(range === undefined ? {} : { range }), ...found }
}

export function findersOf({ resolvers }: Parts): string[] {
  return resolvers.flatMap(({ name, find }) => (find === undefined ? [] : [name]))
}

/** Where the Runtime API is: of our own HAProxy, or of somebody else's. */
export function socketOf({ socket, folder }: HaproxyOptions): string {
  return socket === '' ? join(folder, 'runtime.sock') : socket
}

/** Where statistics are shown; beside somebody else's socket, if the path is not too long there. */
export function statsSocketOf({ socket, folder }: HaproxyOptions): string | undefined {
  const path = socket === '' ? join(folder, 'stats.sock') : `${socket}.stats`
  return path.length > LONGEST_SOCKET && socket !== '' ? undefined : path
}
