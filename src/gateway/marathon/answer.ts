import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { Dispatcher } from 'undici'

export interface Answer {
  readonly status: number
  /** Without its content coding; empty when an error page is too big to matter. */
  readonly body: Buffer
}

/** Biggest error page or small answer that is read, bytes. */
export const MAX_SMALL_BYTES = 64 * 1024
const decompress = promisify(gunzip)

/** @throws Error when the body, as sent or unpacked, is longer than `maxBytes` */
export async function readAnswer(
  response: Dispatcher.ResponseData,
  maxBytes: number
): Promise<Answer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += (chunk as Buffer).length
    if (bytes > maxBytes) throw tooBig(maxBytes)
    chunks.push(chunk as Buffer)
  }
  const sent = Buffer.concat(chunks, bytes)
  if (response.headers['content-encoding'] !== 'gzip') {
    return { status: response.statusCode, body: sent }
  }
  const body = await decompress(sent, { maxOutputLength: maxBytes }).catch((error: unknown) => {
    const big = (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
    throw big ? tooBig(maxBytes) : new Error('the answer says gzip and is none')
  })
  return { status: response.statusCode, body }
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
