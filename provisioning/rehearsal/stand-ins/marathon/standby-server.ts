import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Authorization } from '../../../../src/local-marathon/authorization.ts'
import { deliver, htmlError, type Reply } from '../../../../src/local-marathon/reply.ts'
import {
  NO_LEADER,
  proxyToLeader,
  redirectToLeader
} from '../../../../src/local-marathon/standby.ts'
import type { Settings } from './settings.ts'

/** Answers while another Marathon leads: asks for credentials, and passes requests on to the leader. */
export interface StandbyServer {
  close(): Promise<void>
}

/** @param leader host:port of the leading Marathon; undefined while there is none */
export function startStandbyServer(
  { listen, credentials, advertise }: Settings,
  leader: () => string | undefined
): Promise<StandbyServer> {
  const authorization = new Authorization(credentials, undefined)
  const server = createServer((request, response) => {
    request.on('error', () => undefined)
    response.on('error', () => undefined)
    const finish = (reply: Reply) => {
      void deliver(request, response, reply, { fault: undefined, slowBodyMs: 0 })
    }
    if (!authorization.allows(request.headers.authorization)) {
      finish(htmlError(401, 'Unauthorized', { 'WWW-Authenticate': 'basic realm="Mesosphere"' }))
      return
    }
    const address = leader()
    if (address === undefined || address === advertise) finish(NO_LEADER)
    else passOn(request, response, { self: advertise, leaderUrl: `http://${address}` }, finish)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(listen.port, listen.host, () =>
      resolve({
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          })
      })
    )
  })
}

function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  nodes: { readonly self: string; readonly leaderUrl: string },
  finish: (reply: Reply) => void
): void {
  const path = request.url ?? '/'
  if (request.headers['x-marathon-via']) finish(htmlError(502, 'Detected proxying loop.'))
  else if (/^\/v2\/events(\?|$)/.test(path)) finish(redirectToLeader(nodes.leaderUrl, path))
  else proxyToLeader(request, response, nodes, finish)
}
