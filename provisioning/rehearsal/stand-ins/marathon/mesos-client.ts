import type { AgentView, Order } from '../mesos/messages.ts'

export interface MesosClientOptions {
  /** host:port of the leading master; undefined while there is none. */
  master(): string | undefined
  readonly authorization: string | undefined
  /** host:port where the master can call back. */
  readonly callback: string
  readonly user: string
}

/** What a framework says to the leading master. */
export interface MesosClient {
  /** @throws Error when no master leads, or it refuses */
  agents(): Promise<readonly AgentView[]>
  /** @throws Error */
  order(hostname: string, order: Order): Promise<void>
}

const TIMEOUT_MS = 5_000

export function createMesosClient({
  master,
  authorization,
  callback,
  user
}: MesosClientOptions): MesosClient {
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const address = master()
    if (address === undefined) throw new Error('no Mesos master leads')
    const answer = await fetch(`http://${address}/stand-in/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'x-callback': callback,
        ...(authorization === undefined ? {} : { authorization })
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS)
    })
    if (!answer.ok) throw new Error(`the Mesos master refused the framework: ${answer.status}`)
    return answer.json()
  }
  return {
    agents: async () => ((await ask('agents')) as { agents: readonly AgentView[] }).agents,
    order: async (hostname, order) => {
      await ask('orders', { hostname, user, order })
    }
  }
}
