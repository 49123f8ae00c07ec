import fastify, { type FastifyBaseLogger } from 'fastify'

/** The log that every part writes to, JSON lines on standard output: Fastify's own, which is pino. */
export function createLog(level: string): FastifyBaseLogger {
  return fastify({ logger: { level } }).log
}
