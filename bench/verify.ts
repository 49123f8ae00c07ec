import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { type BenchApp, BULK_APP } from './stage.ts'

/** What every proxy must do before its time is worth taking. */
export interface VerifyPlace {
  readonly port: number
  readonly apps: readonly BenchApp[]
  /** Without a proxy nobody routes, nor adds fields. */
  readonly isDirect: boolean
  /** Host whose tasks have bodies of any size. */
  readonly largeHost: string
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The connection carried a request before this one. */
  readonly reused: boolean
}

interface Asked {
  readonly host: string
  readonly path: string
  readonly upload?: Buffer
}

const UPLOAD = Buffer.alloc(300_000, 'u')
const LIMIT_MS = 10_000

/**
 * Asks a proxy for everything it will be timed with: status, length and content of answers, Host and
 * forwarded fields as a task sees them, routing by host, an unknown host, connections that stay.
 *
 * @returns one sentence for each thing that is wrong; none when it may be timed
 */
export async function verifyPeer(place: VerifyPlace): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (asked: Asked) => send(agent, place.port, asked)
  const checks = [checkBodies, checkUpload, ...(place.isDirect ? [] : [checkEcho, checkUnknown])]
  const faults: string[] = []
  try {
    for (const check of checks) faults.push(...(await check(ask, place)))
  } catch (error) {
    faults.push(`a request failed: ${(error as Error).message}`)
  } finally {
    agent.destroy()
  }
  return faults
}

type Ask = (asked: Asked) => Promise<Answer>

async function checkBodies(ask: Ask, { apps, largeHost, isDirect }: VerifyPlace) {
  const host = apps[0]?.host ?? ''
  const faults: string[] = []
  for (const size of [150, 10_240, ...(isDirect ? [] : [1_048_576])]) {
    const path = `/bytes/${size}`
    faults.push(
      ...bodyFaults(path, size, await ask({ host: size > 10_240 ? largeHost : host, path }))
    )
  }
  const again = await ask({ host, path: '/bytes/150' })
  return again.reused ? faults : [...faults, 'connections of clients are not kept']
}

function bodyFaults(path: string, size: number, { status, headers, body }: Answer): string[] {
  if (status !== 200) return [`${path} is ${status}, expected 200`]
  const faults: string[] = []
  if (!body.equals(Buffer.alloc(size, 'x'))) {
    faults.push(`${path} has ${body.length} bytes, or wrong ones`)
  }
  if (headers['content-type'] !== 'text/plain') faults.push(`${path} lost its Content-Type`)
  if (headers.connection === 'close') faults.push(`${path} closes the connection`)
  return faults
}

async function checkUpload(ask: Ask, { apps, isDirect }: VerifyPlace) {
  const host = apps.find(({ id }) => id === BULK_APP)?.host ?? ''
  if (isDirect) return []
  const answer = await ask({ host, path: '/upload', upload: UPLOAD })
  const expected = String(UPLOAD.length)
  const found = answer.body.toString('latin1')
  return answer.status === 200 && found === expected
    ? []
    : [`an upload of ${expected} bytes gave ${answer.status} and “${found.slice(0, 80)}”`]
}

/** Two hosts, each answered by tasks of its own, which see what the client said. */
async function checkEcho(ask: Ask, { apps }: VerifyPlace) {
  const faults: string[] = []
  for (const app of [apps[0], apps.at(-2)]) {
    if (app === undefined) continue
    const answer = await ask({ host: app.host, path: '/echo' })
    if (answer.status !== 200) {
      faults.push(`${app.host} is ${answer.status}, expected 200`)
      continue
    }
    const seen = JSON.parse(answer.body.toString('utf8')) as Record<string, string>
    if (!app.tasks.some((task) => task.host === seen['task'])) {
      faults.push(`${app.host} went to ${seen['task']}, which is no task of it`)
    }
    const expected = { host: app.host, forwardedFor: '127.0.0.1', forwardedProto: 'http' }
    for (const [name, value] of Object.entries({ ...expected, forwardedHost: app.host })) {
      if (seen[name] !== value) faults.push(`a task saw ${name} “${seen[name]}”, expected ${value}`)
    }
  }
  return faults
}

async function checkUnknown(ask: Ask) {
  const { status } = await ask({ host: 'stranger.example', path: '/bytes/150' })
  return status === 404 ? [] : [`an unknown host is ${status}, expected 404`]
}

function send(agent: Agent, port: number, { host, path, upload }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      port,
      path,
      host: '127.0.0.1',
      method: upload === undefined ? 'GET' : 'POST',
      headers: { host, ...(upload && { 'content-length': upload.length }) }
    })
    sent.setTimeout(LIMIT_MS, () => sent.destroy(new Error(`${path} took over 10 s`)))
    sent.on('error', reject)
    sent.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          reused: sent.reusedSocket
        })
      )
    })
    sent.end(upload)
  })
}
