import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Where the answer of a task goes. */
export interface Answer {
  head(status: number, reason: string, headers: string[]): void
  /** False: wait for the drain. */
  data(chunk: Buffer): boolean
  end(trailers: string[]): void
  /** The answer can't be completed: the client must see that, never a clean end. */
  cut(): void
}

/** Straight to the client: header case, order and duplicates as they came, trailers at the end. */
export function rawAnswer(req: IncomingMessage, res: ServerResponse, onDrain: () => void): Answer {
  return {
    head(status, reason, headers) {
      res.writeHead(status, reason, headers)
      res.on('drain', onDrain)
    },
    data: (chunk) => res.write(chunk),
    end(trailers) {
      if (trailers.length > 0) res.addTrailers(pairsOf(trailers))
      // The task answered before it had read all: the client may be sending for long yet.
      if (!req.complete) closeAfter(res)
      res.end()
    },
    cut: () => res.destroy()
  }
}

/**
 * Through Fastify's reply, for hook sets with `onSend`: what they return is what the client gets, so
 * header case, 1xx and trailers are given up.
 */
export function replyAnswer(reply: FastifyReply, onDrain: () => void): Answer {
  const body = new Readable({ read: onDrain })
  return {
    head(status, _reason, headers) {
      reply.code(status)
      for (const [name, value] of pairsOf(headers)) addHeader(reply, name, value)
      reply.send(body)
    },
    data: (chunk) => body.push(chunk),
    end: () => void body.push(null),
    cut: () => {
      body.destroy()
      reply.raw.destroy()
    }
  }
}

function addHeader(reply: FastifyReply, name: string, value: string): void {
  const before = reply.getHeader(name)
  if (before === undefined) reply.header(name, value)
  // Fastify itself appends to Set-Cookie.
  else reply.header(name, /^set-cookie$/i.test(name) ? value : `${before}, ${value}`)
}

/** Node has written the head by then; the connection is closed when the answer is out. */
function closeAfter(res: ServerResponse): void {
  const { socket } = res
  res.once('finish', () => socket?.destroySoon())
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
