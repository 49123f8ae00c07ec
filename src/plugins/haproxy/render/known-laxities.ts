/** A request that HAProxy treats otherwise than the proxy plane. */
export interface Laxity {
  readonly name: string
  /** Bytes as Latin-1, to a host that answers. */
  readonly request: string
  /** Status of the proxy plane. */
  readonly proxy: number
  /** Status of HAProxy 2.6. */
  readonly haproxy: number
  /** Why it can't be taught, or is left so. */
  readonly why: string
}

const line = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n`
const HOST = 'Host: known.test'
const END = `Connection: close\r\n`

/**
 * All differences that are known and accepted; a test sends each of them. Besides: answers of
 * HAProxy's own parser are HTML without a code, all others are plain text whatever `Accept` says;
 * header names arrive in lower case; fields that `Connection` names are passed on; a full queue is 502
 * GW_UPSTREAM_REFUSED rather than 503 GW_OVERLOADED, a connection that times out 502 rather than 504.
 */
export const knownLaxities: readonly Laxity[] = [
  {
    name: 'the same Host twice',
    request: line('GET / HTTP/1.1', HOST, HOST, END),
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy makes one of two equal fields before any rule sees them'
  },
  {
    name: 'an absolute target with an empty port',
    request: line('GET http://known.test:/ HTTP/1.1', 'Host: known.test:', END),
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy removes an empty or default port before any rule sees it'
  },
  {
    name: 'an absolute target with another Host',
    request: line('GET http://known.test/ HTTP/1.1', 'Host: other.test', END),
    proxy: 200,
    haproxy: 400,
    why: 'HAProxy refuses what RFC 9112 §3.2.2 lets a server ignore'
  },
  {
    name: 'the same Content-Length twice',
    request: `${line('POST / HTTP/1.1', HOST, 'Content-Length: 1', 'Content-Length: 1', END)}x`,
    proxy: 400,
    haproxy: 200,
    why: 'RFC 9112 §6.3 lets a recipient make one of them, and HAProxy forwards one'
  },
  {
    name: 'Content-Length and Transfer-Encoding',
    request: `${line('POST / HTTP/1.1', HOST, 'Content-Length: 5', 'Transfer-Encoding: chunked', END)}0\r\n\r\n`,
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy drops the length, as RFC 9112 §6.3 asks, and forwards chunks only'
  },
  {
    name: 'a transfer coding in HTTP/1.0',
    request: `${line('POST / HTTP/1.0', HOST, 'Transfer-Encoding: chunked', END)}0\r\n\r\n`,
    proxy: 400,
    haproxy: 200,
    why: 'HAProxy reads the chunks and closes the connection'
  },
  {
    name: 'a transfer coding besides chunked',
    request: `${line('POST / HTTP/1.1', HOST, 'Transfer-Encoding: gzip, chunked', END)}0\r\n\r\n`,
    proxy: 501,
    haproxy: 422,
    why: 'HAProxy’s parser answers by itself'
  }
]
