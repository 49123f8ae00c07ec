import { join } from 'node:path'
import { durationMs } from '../../gateway/config/duration.ts'
import type { GatewayHost } from '../../gateway/plugin.ts'
import type { HaproxyOptions } from './options.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'
import type { RenderOptions } from './render/options.ts'

/** What the operator says, for `render/`. */
export function renderOptionsOf(
  host: GatewayHost,
  options: HaproxyOptions,
  front: FrontDoorOptions,
  addresses: ReadonlyMap<string, string>
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
    ...(options.servicePorts ? { servicePorts: { host: address } } : {}),
    addresses
  }
}

/** Where the Runtime API is: of our own HAProxy, or of somebody else's. */
export function socketOf({ socket, folder }: HaproxyOptions): string {
  return socket === '' ? join(folder, 'runtime.sock') : socket
}
