import type { GatewayHost } from '../../gateway/plugin.ts'
import type { HaproxyOptions } from './options.ts'
import { type FrontDoorOptions, frontDoorRenderOptions } from './render/front-door-options.ts'

/** Makes the function that says where HAProxy listens, the first time it is called. */
export function createListeningNote(
  host: GatewayHost,
  { tlsPort }: Pick<HaproxyOptions, 'tlsPort'>,
  front: FrontDoorOptions
): () => void {
  let told = false
  return () => {
    if (told) return
    told = true
    for (const { host: address, port } of frontDoorRenderOptions(front).binds) {
      host.listening({ name: 'front door (HAProxy)', host: address, port })
    }
    if (tlsPort === 0) return
    host.listening({ name: 'front door (HAProxy, TLS)', host: front.host, port: tlsPort })
  }
}
