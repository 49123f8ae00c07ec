import { isIPv6 } from 'node:net'
import { domainToASCII } from 'node:url'

const LONGEST_HOST = 253
const LONGEST_LABEL = 63
/** A host, its trailing dot, a colon and five digits. */
const LONGEST_RAW = LONGEST_HOST + 7
const HIGHEST_PORT = 65_535

/**
 * The one form in which hosts are compared: lower case, without port and trailing dot; IPv6
 * literals canonical and in brackets.
 *
 * @returns undefined when `raw` is not exactly one valid host with an optional port (RFC 9112 §3.2):
 * empty, user info, a list, spaces, anything but ASCII
 */
export function normaliseHost(raw: string): string | undefined {
  if (raw.length === 0 || raw.length > LONGEST_RAW) return undefined
  if (raw.charCodeAt(0) === 0x5b) return normaliseLiteral(raw)
  const colon = raw.indexOf(':')
  if (colon !== -1 && !isPort(raw, colon + 1)) return undefined
  let end = colon === -1 ? raw.length : colon
  if (raw.charCodeAt(end - 1) === 0x2e) end -= 1
  if (end <= 0 || end > LONGEST_HOST || !isName(raw, end)) return undefined
  return raw.slice(0, end).toLowerCase()
}

/**
 * A host as labels and files may write it: also `*.example.com`, and names with letters beyond
 * ASCII, which become punycode.
 */
export function normaliseHostPattern(raw: string): string | undefined {
  const wildcard = raw.startsWith('*.')
  const rest = wildcard ? raw.slice(2) : raw
  if (rest.length > LONGEST_RAW) return undefined
  const host = normaliseHost(isAscii(rest) ? rest : toAscii(rest))
  if (host === undefined || !wildcard) return host
  const pattern = `*.${host}`
  return host.startsWith('[') || pattern.length > LONGEST_HOST ? undefined : pattern
}

/** The only wildcard that can match a normalised host, as `*` stands for exactly one DNS label. */
export function wildcardOf(host: string): string | undefined {
  const dot = host.indexOf('.')
  return dot === -1 || host.charCodeAt(0) === 0x5b ? undefined : `*${host.slice(dot)}`
}

function toAscii(raw: string): string {
  const colon = raw.indexOf(':')
  return colon === -1
    ? domainToASCII(raw)
    : `${domainToASCII(raw.slice(0, colon))}${raw.slice(colon)}`
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false
  return true
}

function normaliseLiteral(raw: string): string | undefined {
  const close = raw.indexOf(']')
  const address = raw.slice(1, close)
  // isIPv6 takes zone ids (`fe80::1%eth0`), which mean nothing to anyone but their machine.
  if (close === -1 || address.includes('%') || !isIPv6(address)) return undefined
  const portFits =
    close === raw.length - 1 || (raw.charCodeAt(close + 1) === 0x3a && isPort(raw, close + 2))
  return portFits ? new URL(`http://[${address}]`).hostname : undefined
}

function isPort(raw: string, from: number): boolean {
  const digits = raw.length - from
  if (digits < 1 || digits > 5) return false
  let port = 0
  for (let at = from; at < raw.length; at += 1) {
    const digit = raw.charCodeAt(at) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= HIGHEST_PORT
}

/** DNS labels of 1 to 63 letters, digits, `-` and `_`. */
function isName(raw: string, end: number): boolean {
  let length = 0
  for (let at = 0; at < end; at += 1) {
    const code = raw.charCodeAt(at)
    if (code === 0x2e) {
      if (length === 0) return false
      length = 0
    } else {
      length += 1
      if (length > LONGEST_LABEL || !isNameCode(code)) return false
    }
  }
  return length > 0
}

function isNameCode(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    (code >= 0x41 && code <= 0x5a) ||
    code === 0x2d ||
    code === 0x5f
  )
}
