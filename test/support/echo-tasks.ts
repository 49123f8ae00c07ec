import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What a task saw of a request. */
export interface Seen {
  readonly task: string
  readonly method: string
  readonly target: string
  /** Flat: name, value; names in lower case. */
  readonly headers: readonly string[]
}

/** Small HTTP servers that answer with what they saw, until the test ends; by name, their ports. */
export async function startEchoTasks(
  t: TestContext,
  names: readonly string[]
): Promise<Map<string, number>> {
  const ports = new Map<string, number>()
  for (const task of names) {
    const server = createServer((req, res) => {
      const headers = req.rawHeaders.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text))
      const seen: Seen = { task, method: req.method ?? '', target: req.url ?? '', headers }
      req.resume().on('end', () => {
        res.setHeader('Content-Type', 'application/json')
        res.end(JSON.stringify(seen))
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ports.set(task, (server.address() as AddressInfo).port)
    t.after(() => {
      server.close()
      server.closeAllConnections()
    })
  }
  return ports
}

/** Reads a raw answer: its status, and the task's or the gateway's words. */
export function readAnswer(raw: string): {
  status: number
  seen?: Seen
  code?: string | undefined
  head: string
} {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0)
  if (!/content-type: application\/json/i.test(head)) {
    return { status, head, code: /GW_[A-Z_]+/.exec(body)?.[0] }
  }
  return { status, head, seen: JSON.parse(/\{.*\}/s.exec(body)?.[0] ?? '{}') as Seen }
}
