import { caddy } from './caddy.ts'
import { envoy } from './envoy.ts'
import { gatewayPeers } from './gateway.ts'
import { haproxy } from './haproxy.ts'
import { libraries } from './libraries.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'
import { traefik } from './traefik.ts'

/** The backend itself: what the machine and the load generator can do at most. */
const direct: Peer = {
  id: 'direct',
  name: 'no proxy',
  kind: 'direct',
  tuning: 'the backend itself',
  version: async () => '',
  launch: () => undefined
}

/** Everything that can be measured, in the order of tables. */
export function allPeers(gatewayProgram: string): readonly Peer[] {
  return [
    direct,
    nginx,
    haproxy,
    caddy,
    traefik,
    envoy,
    ...libraries,
    ...gatewayPeers(gatewayProgram)
  ]
}
