import { join } from 'node:path'
import { durationMs } from '../../gateway/config/duration.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { HaproxyOptions } from './options.ts'
import { portRangeOf } from './port-range.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'
import type { RenderOptions, ServicePortOptions } from './render/options.ts'

/** What was found out about the sockets and files that service ports ask for. */
export type ListenerFacts = Pick<ServicePortOptions, 'refused' | 'certificateFiles'>

/** What is not said by the operator, but found out. */
export interface FoundFacts {
  /** Addresses of endpoints whose host is a name. */
  readonly addresses: ReadonlyMap<string, string>
  /** Absent: nothing may be opened that takes a certificate. */
  readonly listeners?: ListenerFacts
  /** Socket of a proxy plane behind this HAProxy; absent: there is none. */
  readonly fallback?: string
}

/** What the operator says, for `render/`. */
export function renderOptionsOf(
  host: GatewayHost,
  options: HaproxyOptions,
  front: FrontDoorOptions,
  { listeners, ...found }: FoundFacts
): RenderOptions {
  const { certificates, tlsPort } = options
  const { host: address, appIdHeader } = front
  return {
    ...frontDoorRenderOptions(front),
    ...(tlsPort === 0 ? {} : { tls: { host: address, port: tlsPort, appIdHeader, certificates } }),
    hardStopMs: durationMs(options.hardStop),
    socket: socketOf(options),
    log: options.socket === '',
    finders: host.parts.resolvers.flatMap(({ name, find }) => (find === undefined ? [] : [name])),
    ...(options.servicePorts
      ? { servicePorts: servicePortOptionsOf(options, address, listeners) }
      : {}),
    ...found
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

/** Where the Runtime API is: of our own HAProxy, or of somebody else's. */
export function socketOf({ socket, folder }: HaproxyOptions): string {
  return socket === '' ? join(folder, 'runtime.sock') : socket
}
