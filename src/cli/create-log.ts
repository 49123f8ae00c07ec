import fastify, { type FastifyBaseLogger } from 'fastify'
import { lastingOutput } from './lasting-output.ts'

/**
 * The log that every part writes to, JSON lines on standard output: Fastify's own, which is pino. Not by pino's
 * own writer, which never gives up on a full disk: the process could not even end.
 */
export function createLog(level: string): FastifyBaseLogger {
  return fastify({ logger: { level, stream: lastingOutput(process.stdout) } }).log
}
