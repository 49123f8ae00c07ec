import type { PlaneAnswer } from './compare.ts'
import type { RequestHead } from './request-head.ts'

/** A difference that is no fault of either plane. */
export interface AcceptedDifference {
  readonly name: string
  readonly why: string
  fits(head: RequestHead, proxy: PlaneAnswer, haproxy: PlaneAnswer): boolean
}

/**
 * Statuses and codes that may differ, besides `render/known-laxities.ts`: those are of requests that
 * no corpus holds.
 */
export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    name: 'a redirect to https',
    why: 'without TLS of its own the proxy plane refuses what a proxy in front would take',
    fits: ({ method }, proxy, haproxy) =>
      proxy.status === 503 &&
      (method === 'HEAD' || codeOf(proxy) === 'GW_GUARD_INVALID') &&
      haproxy.status === 301 &&
      haproxy.fields?.length === 1 &&
      haproxy.fields.every((field) => field.startsWith('location: https://'))
  },
  {
    name: 'a refusal without a code',
    why: 'HAProxy’s own parser says 400 and not what is wrong',
    fits: (_, proxy, haproxy) => isParserRefusal(haproxy) && /^GW_(BAD|METHOD)_/.test(codeOf(proxy))
  },
  {
    name: 'a refusal without an answer',
    why: 'HAProxy 3.2 and 3.4 close the connection when a request with a body names no path',
    fits: ({ target }, proxy, { status, seen }) =>
      codeOf(proxy) === 'GW_BAD_REQUEST' &&
      status === 0 &&
      seen === undefined &&
      !/^(?:[/*]|https?:)/i.test(target)
  },
  {
    name: 'another of several faults',
    why: 'each plane names the fault that it finds first',
    fits: (_, proxy, haproxy) =>
      proxy.status === haproxy.status &&
      proxy.code !== haproxy.code &&
      [proxy, haproxy].every((one) => /^GW_(BAD|METHOD)_/.test(codeOf(one)))
  },
  {
    name: 'an absolute target without a path',
    why: 'HAProxy’s own parser refuses a query right after the host, which RFC 3986 §3 allows',
    fits: ({ target }, _, haproxy) =>
      isParserRefusal(haproxy) && /^https?:\/\/[^/?]*\?/i.test(target)
  },
  {
    name: 'OPTIONS of an absolute target without a path',
    why: 'HAProxy 3.0 adds a path before any rule sees it, so that the task answers',
    fits: ({ method, target }, _, haproxy) =>
      method === 'OPTIONS' && haproxy.seen?.target === '/' && /^https?:\/\/[^/?]*$/i.test(target)
  },
  {
    name: 'a Content-Length with many zeros before it',
    why: 'HAProxy 2.8 and newer write the number anew before any rule sees it',
    fits: ({ fields }, proxy) =>
      codeOf(proxy) === 'GW_BAD_FRAMING' &&
      fields.some(([name, value]) => /^content-length$/i.test(name) && /^0\d{15,}$/.test(value))
  }
]

function isParserRefusal({ status, code, seen }: PlaneAnswer): boolean {
  return status === 400 && code === undefined && seen === undefined
}

function codeOf({ code = '' }: PlaneAnswer): string {
  return code
}
