import { createHash } from 'node:crypto'
import { isName } from './words.ts'

/** Ids of Marathon apps keep their look; everything else is told apart by a hash. */
const PLAIN_ID = /^[A-Za-z0-9][A-Za-z0-9.:-]*(?:\/[A-Za-z0-9.:-]+)*$/
const LONGEST_ID = 80

/** Sections and backends of our own begin with this; names made from ids never do. */
export const OWN_PREFIX = 'gateway.'

/** The first `length` hexadecimal digits of a text's SHA-256. */
export function shortHash(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length)
}

/**
 * A name for what a service id stands for: `marathon:_shop_api:0`. Ids that hold other characters,
 * are long, or look like a name of our own get a hash, so that two ids never share a name.
 */
export function nameOfId(id: string): string {
  const bare = id.replace(':/', ':')
  const plain = bare.replaceAll('/', '_')
  // Only the slash after the source goes away, which no other id of that form lacks.
  const keeps =
    bare !== id && PLAIN_ID.test(bare) && id.length <= LONGEST_ID && !plain.startsWith(OWN_PREFIX)
  if (keeps) return plain
  const readable = id.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  const name = `${readable.slice(0, 40) || 'service'}__${shortHash(id, 12)}`
  return isName(name) ? name : `service__${shortHash(id, 12)}`
}
