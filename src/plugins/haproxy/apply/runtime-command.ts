/** One command for HAProxy's command line interface: words, and map entries as its payload. */
export interface RuntimeCommand {
  readonly words: readonly string[]
  readonly payload?: readonly (readonly [key: string, value: string])[]
}

/** A word that must not reach the socket. The message names it, shortened and quoted. */
export class UnsafeWordError extends Error {
  override readonly name = 'UnsafeWordError'
}

/**
 * HAProxy splits its input at `;` and newline, unescapes `\`, takes `<<` for a payload and `#` for a
 * reference: none of these can be written. Neither can quotes, spaces or anything that is not ASCII.
 */
const WORD = /^[A-Za-z0-9._~:@/*=%,+!$&()|?[\]-]{1,2000}$/

/** Names of backends and servers: what HAProxy itself takes as a name. */
const NAME = /^[A-Za-z0-9._:-]{1,200}$/

/**
 * One line (several with a payload) as it goes over the wire, without the final newline.
 * @throws UnsafeWordError when a word breaks the grammar
 */
export function encodeCommand({ words, payload }: RuntimeCommand): string {
  const line = words.map((word) => safeWord(word)).join(' ')
  if (payload === undefined) return line
  const entries = payload.map(([key, value]) => `${safeWord(key)} ${safeWord(value)}`)
  // An empty line ends the payload; the newline after it comes from whoever joins commands.
  return [`${line} <<`, ...entries, ''].join('\n')
}

/** @throws UnsafeWordError when one of the parts is not a name */
export function serverPath(backend: string, server: string): string {
  return `${safeName(backend)}/${safeName(server)}`
}

/** @throws UnsafeWordError when it is not a name */
export function safeName(name: string): string {
  if (!NAME.test(name)) throw new UnsafeWordError(`${shown(name)} is not a name HAProxy takes`)
  return name
}

function safeWord(word: string): string {
  if (!WORD.test(word)) {
    throw new UnsafeWordError(`${shown(word)} holds what must not reach HAProxy's socket`)
  }
  return word
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
