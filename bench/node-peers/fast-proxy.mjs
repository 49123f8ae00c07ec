import { createServer } from 'node:http'
import fastProxy from 'fast-proxy'

/**
 * fast-proxy with its undici client, its fastest one, of which it needs one for each address; and with
 * the fields the others send: of its own it sends the address of the task as Host, and no
 * X-Forwarded-For.
 */
export function start(port, originOf) {
  const proxies = new Map()
  const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, (req, res) => {
    const base = originOf(req.headers.host)
    if (base === undefined) res.writeHead(404).end()
    else proxyTo(base)(req, res, req.url, { rewriteRequestHeaders })
  })
  server.listen({ port, host: '127.0.0.1', backlog: 4096 })

  function proxyTo(base) {
    let proxy = proxies.get(base)
    if (proxy === undefined) {
      proxy = fastProxy({ base, undici: { connections: 1024, pipelining: 1 } }).proxy
      proxies.set(base, proxy)
    }
    return proxy
  }
}

function rewriteRequestHeaders(req, headers) {
  headers.host = req.headers.host
  headers['x-forwarded-for'] = req.socket.remoteAddress
  headers['x-forwarded-proto'] = 'http'
  return headers
}
