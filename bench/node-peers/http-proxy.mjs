import { Agent, createServer } from 'node:http'
import httpProxy from 'http-proxy'

/** http-proxy as its README says, with an agent that keeps connections, and X-Forwarded-*. */
export function start(port, originOf) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1024, maxFreeSockets: 1024 })
  const proxy = httpProxy.createProxyServer({ agent, xfwd: true })
  proxy.on('error', (_error, _req, res) => {
    if (!res.headersSent) res.writeHead(502)
    res.end()
  })
  const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, (req, res) => {
    const target = originOf(req.headers.host)
    if (target === undefined) res.writeHead(404).end()
    else proxy.web(req, res, { target })
  })
  server.listen({ port, host: '127.0.0.1', backlog: 4096 })
}
