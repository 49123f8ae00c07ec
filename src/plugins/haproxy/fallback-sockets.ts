import { join } from 'node:path'
import type { HaproxyOptions } from './options.ts'
import { appIdSocketOf } from './render/fallback.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'
import { obeysAppId } from './render/options.ts'

/** Where the proxy plane listens for what HAProxy can't carry. */
export interface FallbackSockets {
  /** What the rendering is told. */
  readonly fallback: string
  readonly sockets: readonly { readonly path: string; readonly appIdHeader: boolean }[]
  /** Permission bits: our own HAProxy runs as we do; somebody else's shares a group with us. */
  readonly mode: number
  readonly tlsPort?: number
}

/** @param front what section `proxy` says of the front door */
export function fallbackSocketsOf(
  { folder, socket, tlsPort }: HaproxyOptions,
  front: FrontDoorOptions
): FallbackSockets {
  const fallback = join(folder, 'proxy.sock')
  const sockets = [{ path: fallback, appIdHeader: false }]
  // A TLS listener does as the front door does.
  if (obeysAppId(frontDoorRenderOptions(front))) {
    sockets.push({ path: appIdSocketOf(fallback), appIdHeader: true })
  }
  return {
    fallback,
    sockets,
    mode: socket === '' ? 0o600 : 0o660,
    ...(tlsPort === 0 ? {} : { tlsPort })
  }
}
