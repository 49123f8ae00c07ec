import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a test task answers, as JSON, unless it was given a listener of its own. */
export interface Echo {
  readonly task: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string
}

/** A small HTTP server that stands for one task. */
export interface EchoTask {
  readonly id: string
  readonly port: number
  close(): Promise<void>
}

export async function startEchoTask(id: string, answer?: RequestListener): Promise<EchoTask> {
  const server = createServer(answer ?? echo(id))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    id,
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    }
  }
}

function echo(task: string): RequestListener {
  return (req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      res.setHeader('content-type', 'application/json')
      res.end(
        JSON.stringify({ task, method: req.method, url: req.url, headers: req.headers, body })
      )
    })
  }
}
