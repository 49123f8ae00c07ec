import { isIP } from 'node:net'
import { hashFault } from '../../../gateway/model/guard-values.ts'

/**
 * HAProxy splits a line at spaces, gives meaning to quotes, `#`, `\`, `$` and braces, and splits
 * commands on its socket at `;` and line feeds. Nothing is escaped here: a text either consists of
 * characters that mean nothing to HAProxy in its place, or it does not get there.
 */

/** Longest name or word: far below HAProxy's 2,048 bytes a line. */
const LONGEST_WORD = 128
const LONGEST_KEY = 1400
const LONGEST_FILE_PATH = 255
const LONGEST_HOST = 260
const LONGEST_PATH = 512

/** Gives way to the path of the folder when files are rendered. */
const FOLDER_MARK = '@folder@'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]*$/
/** Of RFC 9110's token, what means nothing to HAProxy. */
const FIELD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/
/** Spaces, commas and semicolons mean nothing between single quotes; braces could end a condition. */
const QUOTED_VALUE =
  /^[A-Za-z0-9*/](?:[A-Za-z0-9 ._:/@+=,;*()!?&%~-]*[A-Za-z0-9._:/@+=,*()!?&%~-])?$/
const METHOD = /^[A-Z][A-Z-]{0,31}$/
const APP_ID = /^\/[A-Za-z0-9._/-]*$/
/** A host, a wildcard or `*`, then a path key without `;` and quotes. */
const MAP_KEY = /^[A-Za-z0-9*?:._-]+\/[A-Za-z0-9\-._~!$&()*+,=:@/%]*$/
const FILE_PATH = /^\/[A-Za-z0-9._/@+-]*$/
const NETWORK = /^[0-9A-Fa-f.:]+(?:\/(?:0|[1-9][0-9]{0,2}))?$/
const REALM = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const USER_NAME = /^[A-Za-z0-9._@+-]{1,64}$/
/** A name or an IPv6 literal, with or without a port. */
const HOST = /^(?:(?:\*\.)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/
/** What a path may hold between single quotes. */
const QUOTED_PATH = /^\/[A-Za-z0-9._~!$&()*+,=:@/%-]*$/
const QUOTED_TARGET = /^\/(?!\/)[A-Za-z0-9._~!$&()*+,=:@/?%-]*$/

/** Name of a backend, a listener or a server. */
export function isName(text: string): boolean {
  return text.length <= LONGEST_WORD && NAME.test(text)
}

/** Name of a header field or of a cookie. */
export function isFieldName(text: string): boolean {
  return text.length <= LONGEST_WORD && FIELD_NAME.test(text)
}

/**
 * Value of a header field that a route asks for, for single quotes. The gateway reads two lines of a
 * field as one value with `, ` between them, which HAProxy does not.
 */
export function isFieldValue(text: string): boolean {
  const fits = text.length <= LONGEST_WORD && QUOTED_VALUE.test(text)
  return fits && !text.includes(', ') && !text.includes(FOLDER_MARK)
}

export function isMethod(text: string): boolean {
  return METHOD.test(text)
}

/** Key of the map of apps. */
export function isAppKey(text: string): boolean {
  return text.length <= LONGEST_KEY && APP_ID.test(text)
}

/** Key of the map of routes: host, path key and a slash. */
export function isRouteKey(text: string): boolean {
  return text.length <= LONGEST_KEY && MAP_KEY.test(text)
}

/** IPv4, or IPv6 without a zone. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%')
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

/** Absolute path of a file or socket that the operator names. */
export function isFilePath(text: string): boolean {
  return text.length <= LONGEST_FILE_PATH && FILE_PATH.test(text)
}

/** An address, or a network such as `10.0.0.0/8`. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix = '0'] = text.split('/')
  const version = isIP(address)
  return NETWORK.test(text) && version !== 0 && Number(prefix) <= (version === 6 ? 128 : 32)
}

/** What a client is asked a password for. */
export function isRealm(text: string): boolean {
  return REALM.test(text)
}

/** Name of somebody who has a password. */
export function isUserName(text: string): boolean {
  return USER_NAME.test(text) && !text.includes(FOLDER_MARK)
}

/** A hash that crypt(3) takes and gives back in the same form, for single quotes. */
export function isPasswordHash(text: string): boolean {
  return hashFault(text) === undefined && !text.includes('rounds=0')
}

/** A host, or a pattern of hosts. */
export function isHost(text: string): boolean {
  return text.length <= LONGEST_HOST && HOST.test(text)
}

/** A path key for single quotes. */
export function isQuotedPath(text: string): boolean {
  return text.length <= LONGEST_PATH && QUOTED_PATH.test(text)
}

/** A path with or without a query for single quotes; never that of another host, `//host`. */
export function isQuotedTarget(text: string): boolean {
  return text.length <= LONGEST_PATH && QUOTED_TARGET.test(text)
}
