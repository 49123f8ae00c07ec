import { setMaxListeners } from 'node:events'
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { askDoor, type DoorAnswer, isOf } from './front-door-client.ts'

export type ClientKind = 'keep-alive' | 'fresh' | 'patient'

export interface LoadOptions {
  readonly port: number
  readonly clients: Readonly<Record<ClientKind, number>>
  readonly onAnswer: (answer: DoorAnswer) => void
  readonly onFailure: (app: string, client: ClientKind, answer: DoorAnswer) => void
}

/** Clients that ask all the time, each one request after the other, the apps by turns. */
export interface ConstantLoad {
  readonly requests: Readonly<Record<ClientKind, number>>
  add(app: string): void
  /** From now on no request for this app is begun; those under way still have to succeed. */
  remove(app: string): void
  stop(): Promise<void>
}

/**
 * Pauses between requests, ms. A patient client keeps its connection idle for so long that a reload
 * comes in between as a rule.
 */
const PAUSE_MS: Readonly<Record<ClientKind, number>> = {
  'keep-alive': 5,
  fresh: 10,
  patient: 7_000
}

export function startLoad({ port, clients, onAnswer, onFailure }: LoadOptions): ConstantLoad {
  const apps: string[] = []
  const requests = { 'keep-alive': 0, fresh: 0, patient: 0 }
  const over = new AbortController()
  setMaxListeners(0, over.signal)

  async function ask(kind: ClientKind, app: string, agent: Agent): Promise<void> {
    const answer = await askDoor(port, `${app}.test`, kind === 'fresh' ? undefined : agent)
    requests[kind] += 1
    onAnswer(answer)
    if (!isOf(answer, app)) onFailure(app, kind, answer)
  }

  async function client(kind: ClientKind, first: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let turn = first; !over.signal.aborted; turn += 1) {
      // A patient client stays with one app.
      const app = apps[(kind === 'patient' ? first : turn) % apps.length]
      if (app !== undefined) await ask(kind, app, agent)
      await sleep(PAUSE_MS[kind], undefined, { signal: over.signal }).catch(() => undefined)
    }
    agent.destroy()
  }

  const kinds = Object.entries(clients) as [ClientKind, number][]
  const running = kinds.flatMap(([kind, count]) =>
    Array.from({ length: count }, (_, at) => client(kind, at))
  )
  return {
    requests,
    add: (app) => void apps.push(app),
    remove: (app) => void apps.splice(apps.indexOf(app), 1),
    async stop() {
      over.abort()
      await Promise.all(running)
    }
  }
}
