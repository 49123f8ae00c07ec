import type { RequestHead } from './request-head.ts'

type Field = readonly [name: string, value: string]

/** What most of them ask for. */
export const recordedTarget = '/x'

/**
 * Requests that say nothing about a table and much about a parser: framing, methods, field grammar,
 * forms of the target. All of them get the same answer from both planes.
 *
 * @param host a host that leads to a task
 */
export function recordedHeads(host: string): readonly RequestHead[] {
  const plain = { method: 'GET', target: recordedTarget, version: '1.1', body: '' } as const
  const own: Field = ['Host', host]
  const withFields = (...fields: readonly Field[]) => ({ ...plain, fields: [own, ...fields] })
  const post = (body: string, ...fields: readonly Field[]) => ({
    ...withFields(...fields),
    method: 'POST',
    body
  })
  const toHost = (...hosts: readonly string[]) => ({
    ...plain,
    fields: hosts.map((one): Field => ['Host', one])
  })
  const methods = ['get', 'FOO', 'PROPFIND', 'M-SEARCH', 'PURGE', 'QUERY', 'TRACE', 'CONNECT']
  const targets = [
    ...['*', 'x', '?x', `${host}:80`, 'ftp://x.test/', '//x', '///x', `http://${host}`],
    ...[`http://u@${host}/x`, `http://u:p@${host}`, 'http:///x', 'http://', `HTTPS://${host}/x`],
    ...['/\u00e9', '/x#y', '/x?a|b', '/x y', '/{a}', `/${'a'.repeat(8191)}`, `/${'a'.repeat(8192)}`]
  ]
  return [
    ...methods.map((method) => ({ ...withFields(), method })),
    ...targets.map((target) => ({ ...withFields(), target })),
    ...['*', `http://${host}`, `http://${host}/`].map((target) => ({
      ...withFields(),
      method: 'OPTIONS',
      target
    })),
    { ...toHost('a..b'), method: 'OPTIONS', target: '*' },
    ...[toHost(), toHost(''), toHost(` ${host} `), toHost(host, 'other.test')],
    post('3\r\nabc\r\n0\r\n\r\n', ['Transfer-Encoding', 'chunked']),
    post('abc', ['Content-Length', '3']),
    post('abc', ['Expect', '100-continue'], ['Content-Length', '3']),
    post(''),
    { ...post('0\r\n\r\n', ['Transfer-Encoding', 'chunked']), version: '1.0' } as const,
    ...['+3', '0x3', '-1', '3 3', '', '0000000000000003'].map((length) =>
      post('abc', ['Content-Length', length])
    ),
    { ...withFields(['Content-Length', '3']), body: 'abc' },
    { ...withFields(['Content-Length', '0']), method: 'DELETE' },
    withFields(['Expect', '200-ok']),
    withFields(['Expect', '100-Continue']),
    withFields(['Connection', 'close']),
    withFields(['TE', 'trailers']),
    withFields(['TE', 'gzip'], ['Connection', 'TE']),
    withFields(['Upgrade', 'h2c'], ['Connection', 'Upgrade, HTTP2-Settings']),
    withFields(['Cookie', 'a=1'], ['Cookie', 'b=2']),
    withFields(['X-Tab', 'a\tb']),
    ...['\0', '\u0001', '\u007f', '\r'].map((odd) => withFields(['X-Odd', `a${odd}b`])),
    ...['X Odd', 'X-Odd ', '', 'X(Odd)', 'X\u00e9'].map((name) => withFields([name, '1']))
  ]
}
