import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Service, ServiceId } from '../../../gateway/model/route.ts'
import { buildTable, type Table } from '../../../gateway/model/table.ts'
import { askedFields } from './answer-fields.ts'
import type { Sighting } from './compare.ts'
import type { WireAnswer } from './wire-client.ts'

/** Servers on this machine that take the place of all tasks, and tell what they see. */
export interface StandIns {
  /** The table, with every endpoint at the stand-in of its service. */
  readonly table: Table
  /** What a stand-in saw of the request that this answers, once; undefined: no task answered. */
  sightingOf(answer: WireAnswer): Sighting | undefined
  close(): Promise<void>
}

/** Names the sighting; what was seen stays here, since limits of a plane are not for it. */
const SEEN = 'x-gateway-seen'
/** Probes see stand-ins too, and nobody asks for what was seen of them. */
const MOST_SIGHTINGS = 10_000
const MOST_SERVICES = 2000
/** The socket it listens on, and both ends of the connections that planes keep for some seconds. */
const FILES_PER_SERVICE = 16
/** Of everything else that is open. */
const OTHER_FILES = 150
/** Where nobody tells. */
const USUAL_FILES = 1024
/** No less than any plane lets through. */
const MOST_HEAD_BYTES = 4 * 1024 * 1024
/** Of one connection, which is not the same for two planes. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['x-forwarded-port', 'connection'])

type Note = (sighting: Sighting) => string

/** How many services can have a stand-in with the files that this process may open. */
export async function mostStandIns(): Promise<number> {
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const files = Number(/^Max open files +(\d+)/m.exec(limits)?.[1] ?? USUAL_FILES)
  const spare = Math.max(FILES_PER_SERVICE, files - OTHER_FILES)
  return Math.min(MOST_SERVICES, Math.floor(spare / FILES_PER_SERVICE))
}

/**
 * One stand-in for each service that has endpoints, on the loopback address.
 * @throws Error as `listen` does, when there are too many of them for this process
 */
export async function startStandIns({ data }: Table): Promise<StandIns> {
  const sightings = new Map<string, Sighting>()
  let seen = 0
  const note: Note = (sighting) => {
    seen += 1
    sightings.set(`${seen}`, sighting)
    const [oldest = ''] = sightings.keys()
    if (sightings.size > MOST_SIGHTINGS) sightings.delete(oldest)
    return `${seen}`
  }
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(servers.map(closeServer))
  }
  const services: Service[] = []
  try {
    for (const service of data.services) {
      if (service.endpoints.length === 0) services.push(service)
      else {
        const server = standInOf(service.id, note)
        servers.push(server)
        services.push(movedTo(service, await listen(server)))
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    table: buildTable({ ...data, services }),
    sightingOf({ head }) {
      const id = new RegExp(`^${SEEN}: *(\\S+)`, 'im').exec(head)?.[1] ?? ''
      const sighting = sightings.get(id)
      sightings.delete(id)
      return sighting
    },
    close
  }
}

function movedTo(service: Service, port: number): Service {
  const host = '127.0.0.1'
  return {
    ...service,
    endpoints: service.endpoints.map((endpoint) => ({ ...endpoint, host, port, agent: host }))
  }
}

function standInOf(service: ServiceId, note: Note): Server {
  const server = createServer({ maxHeaderSize: MOST_HEAD_BYTES }, (req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      res.setHeader(SEEN, note(sightingOf(service, req, Buffer.concat(chunks))))
      for (const [name, field] of askedFields) {
        const value = req.headers[name]
        if (value !== undefined) res.setHeader(field, value)
      }
      // With a text, Node would write the head as UTF-8, too.
      res.end(Buffer.from('seen'))
    })
  })
  server.maxHeadersCount = 0
  // An answer of its own would look like a refusal by the plane.
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const method = `malformed (${error.code ?? error.message})`
    const seen = `${SEEN}: ${note({ service, method })}`
    if (socket.writable)
      socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n${seen}\r\n\r\n`)
  })
  return server
}

function sightingOf(service: ServiceId, req: IncomingMessage, body: Buffer): Sighting {
  const { method = '', url = '', rawHeaders } = req
  const fields = rawHeaders.flatMap((name, at): [string, string][] =>
    at % 2 === 1 || OWN_FIELDS.has(name.toLowerCase()) ? [] : [[name, rawHeaders[at + 1] ?? '']]
  )
  return { service, method, target: url, fields: [...fields, ['(body)', body.toString('latin1')]] }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
