import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'

export interface Answer {
  readonly status: number
  /** Without its content coding; empty when an error page is too big to matter. */
  readonly body: Buffer
}

/** An answer whose bytes went to a carrier. */
export interface CarriedAnswer<C> {
  readonly status: number
  readonly carrier: C
}

/** Takes the bytes of an answer that is too large to be read here. */
export interface Carrier {
  /** The next bytes, as sent; whose memory is the carrier's from now on. */
  take(bytes: Uint8Array<ArrayBuffer>): void
  /** The answer broke off. */
  drop(): void
}

/** @param packed the bytes are gzip */
export type OpenCarrier<C extends Carrier> = (packed: boolean) => C

/** Biggest error page or small answer that is read, bytes. */
export const MAX_SMALL_BYTES = 64 * 1024
/** Why a body is no information, as a clause. */
export const NO_JSON = 'the answer is no JSON, or not all of it'
/** A carrier takes what is longer, bytes: to read this much takes some milliseconds. */
const MAX_KEPT_BYTES = 256 * 1024
/** JSON of Marathon packs to a tenth and less. */
const MAX_KEPT_PACKED_BYTES = 24 * 1024
/** Given to a carrier at once, bytes. */
const PORTION_BYTES = 1024 * 1024
const decompress = promisify(gunzip)

/** @throws Error when the body, as sent or unpacked, is longer than `maxBytes` */
export async function readAnswer(
  response: Dispatcher.ResponseData,
  maxBytes: number
): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of boundedBody(response, maxBytes)) chunks.push(chunk)
  return { status: response.statusCode, body: await unpack(joined(chunks), response, maxBytes) }
}

/** Reads what is small, as `readAnswer` does, and gives what is large to a carrier. */
export async function readOrCarry<C extends Carrier>(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  open: OpenCarrier<C>
): Promise<Answer | CarriedAnswer<C>> {
  const packed = isPacked(response)
  let chunks: Buffer[] = []
  let kept = 0
  let carrier: C | undefined
  try {
    for await (const chunk of boundedBody(response, maxBytes)) {
      chunks.push(chunk)
      kept += chunk.length
      if (kept <= (carrier ? PORTION_BYTES : packed ? MAX_KEPT_PACKED_BYTES : MAX_KEPT_BYTES))
        continue
      carrier ??= open(packed)
      carrier.take(joined(chunks))
      chunks = []
      kept = 0
    }
  } catch (error) {
    carrier?.drop()
    throw error
  }
  const status = response.statusCode
  const rest = joined(chunks)
  if (carrier === undefined) return { status, body: await unpack(rest, response, maxBytes) }
  carrier.take(rest)
  return { status, carrier }
}

async function* boundedBody(
  response: Dispatcher.ResponseData,
  maxBytes: number
): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) throw tooBig(maxBytes)
    yield chunk as Buffer
  }
}

/** In memory of its own, that can be given away. */
function joined(chunks: readonly Buffer[]): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) at += chunk.copy(bytes, at)
  return bytes
}

async function unpack(
  sent: Buffer,
  response: Dispatcher.ResponseData,
  maxBytes: number
): Promise<Buffer> {
  if (!isPacked(response)) return sent
  return decompress(sent, { maxOutputLength: maxBytes }).catch((error: unknown) => {
    throw unpackingFailed(error, maxBytes)
  })
}

function isPacked(response: Dispatcher.ResponseData): boolean {
  return response.headers['content-encoding'] === 'gzip'
}

/** What an error of zlib means, as a clause. */
export function unpackingFailed(error: unknown, maxBytes: number): Error {
  const big = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
  return big ? tooBig(maxBytes) : new Error('the answer says gzip and is none')
}

function tooBig(maxBytes: number): Error {
  return new Error(`the answer is bigger than the limit of ${maxBytes} bytes`)
}

/** The target of a redirect; undefined when the answer is none. */
export function redirectOf(response: Dispatcher.ResponseData): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.statusCode)) return undefined
  const location = response.headers['location']
  return typeof location === 'string' ? location : undefined
}

/** @throws Error when the target is no http or https URL */
export function redirectTarget(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url
  throw new Error('the answer redirects to something that is no http or https URL')
}

/** Frees the connection; the status is all that counts. */
export async function discard(response: Dispatcher.ResponseData): Promise<void> {
  await response.body.dump({ limit: MAX_SMALL_BYTES }).catch(() => {})
}

/** The value of a JSON body; undefined when it is none, or not all of it. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
