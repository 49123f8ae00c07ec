import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname as ownName } from 'node:os'
import type { FastifyInstance } from 'fastify'
import type { AdminOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers without the admin token: health checks. */
    open?: boolean
  }
}

/** @throws Error when both ways are given, or the file is empty or can't be read */
export function tokenOf({ token, tokenFile }: AdminOptions): string {
  if (tokenFile === '') return token
  if (token !== '') throw new Error('admin.token and admin.tokenFile: one of them at most')
  const fromFile = readFileSync(tokenFile, 'utf8').trim()
  if (fromFile === '') throw new Error(`admin.tokenFile: ${tokenFile} is empty`)
  return fromFile
}

/** @throws Error when the file can't be read */
export function authorityOf({ marathonCaFile: file }: AdminOptions): string | undefined {
  return file === '' ? undefined : readFileSync(file, 'utf8')
}

/** Asks for the token on every route that is not open, unknown ones included. */
export function requireToken(server: FastifyInstance, token: string): void {
  const expected = digest(token)
  server.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.open === true) return
    const given = tokenIn(request.headers.authorization)
    // Digests have one length, so that the comparison tells nothing about the token's.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return
    reply.header('www-authenticate', 'Basic realm="marathon-gateway admin", charset="UTF-8"')
    await reply.code(401).send({ message: 'the admin token is asked for' })
  })
}

/**
 * Refuses what a page of another origin makes a browser send: it would come with the operator's
 * token, and act with it.
 */
export function refuseOtherOrigins(server: FastifyInstance): void {
  server.addHook('onRequest', async ({ method, headers: { origin, host } }, reply) => {
    if (origin === undefined || method === 'GET' || method === 'HEAD') return
    if (origin === `http://${host}` || origin === `https://${host}`) return
    await reply.code(403).send({ message: 'pages of other origins may not act here' })
  })
}

/**
 * Refuses all names but those of the operator, `localhost` and this machine's own: a page of a stranger whose name
 * leads to this machine would be of the same origin (DNS rebinding). Health checks are open to any.
 */
export function refuseForeignNames(server: FastifyInstance, names: readonly string[]): void {
  const known = new Set(['localhost', ownName(), ...names].map((name) => name.toLowerCase()))
  server.addHook('onRequest', async ({ hostname, routeOptions }, reply) => {
    if (routeOptions.config.open === true) return
    const name = hostname.toLowerCase().replace(/\.$/, '')
    if (known.has(name) || isIP(name.replace(/^\[|\]$/g, '')) !== 0) return
    const shown = JSON.stringify(name.slice(0, LONGEST_NAME))
    const message = `the admin side does not go by the name ${shown}; ask it by address, or add the name to admin.hostNames`
    await reply.code(421).send({ message })
  })
}

/** Longest name that is repeated to whoever asked by it. */
const LONGEST_NAME = 100

/** From `Bearer TOKEN`, or from the password of `Basic`, which browsers ask people for. */
function tokenIn(authorization: string | undefined): string | undefined {
  const [scheme = '', value = ''] = authorization?.split(' ', 2) ?? []
  if (scheme.toLowerCase() === 'bearer') return value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  return pair.slice(pair.indexOf(':') + 1)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
