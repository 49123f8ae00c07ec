// Answers with the IP address it runs on. No dependencies; Node 18 and later.
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'

/** How long it goes on answering after SIGTERM, so that proxies can learn of the end. */
const DRAIN_MS = 2_000

const { env } = process
// LISTEN_* are set by the Dockerfile: in a container with a network of its own, Marathon's HOST and
// PORT name the agent's side of the port mapping.
const host = env.LISTEN_HOST ?? env.HOST ?? '0.0.0.0'
const port = Number(env.LISTEN_PORT ?? env.PORT ?? 8080)
const app = env.MARATHON_APP_ID ?? '/myapp'
const task = env.MESOS_TASK_ID ?? 'none'

let draining = false

/** The address bound to, or, when that is every address, the one other machines reach. */
function ownAddress() {
  if (host !== '0.0.0.0' && host !== '::') return host
  const addresses = Object.values(networkInterfaces()).flat()
  const outer = addresses.find((address) => !address.internal && address.family === 'IPv4')
  return outer?.address ?? '127.0.0.1'
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

function page(hostHeader) {
  const [address, appId, taskId, asked] = [ownAddress(), app, task, hostHeader].map(escapeHtml)
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${address}</title>
<style>
body { font: 16px/1.6 system-ui, sans-serif; margin: 4rem auto; max-width: 40rem; padding: 0 1rem }
h1 { font-size: 3.5rem; margin: 0 0 1rem }
code { background: #8882; padding: .1em .3em }
</style>
<h1>${address}</h1>
<p>app <code>${appId}</code><br>task <code>${taskId}</code><br>asked for <code>${asked}</code></p>
<p>Reload to meet another task. For more of them: Marathon's page, the app, Scale; or
<code>./scale_myapp.sh 5</code>.</p>
</html>
`
}

const server = createServer((request, response) => {
  if (draining) response.setHeader('Connection', 'close')
  const path = request.url.split('?')[0]
  if (path === '/health') {
    response.setHeader('Content-Type', 'text/plain; charset=utf-8')
    response.end('ok\n')
    return
  }
  const html = (request.headers.accept ?? '').includes('text/html')
  response.setHeader('Content-Type', `text/${html ? 'html' : 'plain'}; charset=utf-8`)
  response.end(
    html ? page(request.headers.host ?? '') : `Hello from ${ownAddress()} (task ${task})\n`
  )
})

server.on('error', (error) => {
  console.error(`cannot listen on ${host}:${port}: ${error.message}`)
  process.exit(1)
})
server.listen(port, host, () => console.log(`${app} listens on ${host}:${port}`))

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    draining = true
    setTimeout(() => {
      server.close(() => process.exit(0))
      server.closeIdleConnections?.()
      // Requests that are still being answered get as long again.
      setTimeout(() => process.exit(0), DRAIN_MS).unref()
    }, DRAIN_MS)
  })
}
