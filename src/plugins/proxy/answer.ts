import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { kept, type ReadMemory } from '../../gateway/http/read-memory.ts'
import type { AnswerFacts } from './answer-fields.ts'
import { closeAfter, isUnread } from './closing.ts'

/** Where the answer of a task goes. */
export interface Answer {
  /** @param fields flat; without what concerns the connection */
  head(facts: AnswerFacts, reason: string, fields: string[]): void
  /** False: wait for the drain. */
  data(chunk: Buffer, memory: ReadMemory): boolean
  /** Nothing more is here for now: what was said leaves. */
  flush(): void
  end(trailers: string[]): void
  /** The answer can't be completed: the client must see that, never a clean end. */
  cut(): void
}

/**
 * By Node's server, which holds it until its turn and knows HTTP/1.0: header case, order and
 * duplicates as they came, trailers at the end.
 */
export function rawAnswer(req: IncomingMessage, res: ServerResponse, onDrain: () => void): Answer {
  const old = !res.useChunkedEncodingByDefault
  let begun = false
  return {
    head({ status }, reason, headers) {
      // Without chunks there is no place for trailers, and Node throws when they are announced.
      res.writeHead(status, reason, old ? without(headers, 'trailer') : headers)
      res.on('drain', onDrain)
    },
    data(chunk, memory) {
      begun = true
      return res.write(kept(chunk, memory))
    },
    // With the first bytes of the body if they are here already, but never held back for them.
    flush() {
      if (!begun) res.flushHeaders()
      begun = true
    },
    end(trailers) {
      if (trailers.length > 0) res.addTrailers(pairsOf(trailers))
      // The task answered before it had read all: the client may be sending for long yet.
      if (isUnread(req)) {
        closeAfter(req, res)
        req.resume()
      }
      res.end()
    },
    cut() {
      // An end without length or chunks would look complete (RFC 9112 §8): only a reset tells.
      if (old) res.socket?.resetAndDestroy()
      res.destroy()
    }
  }
}

/**
 * Through Fastify's reply, for hook sets with `onSend`: what they return is what the client gets, so
 * header case, 1xx and trailers are given up.
 */
export function replyAnswer(reply: FastifyReply, onDrain: () => void): Answer {
  const body = new Readable({ read: onDrain })
  return {
    head({ status }, _reason, headers) {
      reply.code(status)
      for (const [name, value] of pairsOf(headers)) addHeader(reply, name, value)
      reply.send(body)
    },
    data: (chunk, memory) => body.push(kept(chunk, memory)),
    flush: () => undefined,
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

function without(headers: readonly string[], name: string): string[] {
  return headers.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== name)
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
