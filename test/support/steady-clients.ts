import { Agent, request } from 'node:http'

/** Clients that ask one after the other, some on connections they keep, some on fresh ones. */
export interface SteadyClients {
  readonly answered: number
  /** What was no 200, in words. */
  readonly failures: readonly string[]
  /** Resolves when the last request is done. */
  stop(): Promise<void>
}

const CLIENTS = 8

export function startSteadyClients(port: number): SteadyClients {
  const keeping = new Agent({ keepAlive: true })
  const fresh = new Agent({ keepAlive: false })
  const failures: string[] = []
  let answered = 0
  let isOver = false

  async function ask(agent: Agent): Promise<void> {
    while (!isOver) {
      const failure = await get(port, agent)
      if (failure === undefined) answered += 1
      else failures.push(failure)
    }
  }

  const all = Array.from({ length: CLIENTS }, (_, i) => ask(i % 2 === 0 ? keeping : fresh))
  return {
    get answered() {
      return answered
    },
    failures,
    async stop() {
      isOver = true
      await Promise.all(all)
      keeping.destroy()
    }
  }
}

/**
 * A kept connection may close just when it is used again, which RFC 9112, section 9.3.1 has a client
 * repeat: that alone is no failure.
 */
function get(port: number, agent: Agent): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = request({ port, host: '127.0.0.1', agent, headers: { host: 'myapp.local' } })
    sent.on('response', (answer) => {
      answer.resume()
      answer.on('error', (error) => resolve(error.message))
      answer.on('end', () =>
        resolve(answer.statusCode === 200 ? undefined : `${answer.statusCode}`)
      )
    })
    sent.on('error', (error) => {
      if (sent.reusedSocket) void get(port, agent).then(resolve)
      else resolve(error.message)
    })
    sent.end()
  })
}
