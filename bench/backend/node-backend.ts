import cluster from 'node:cluster'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/**
 * A backend on several processes: `node --import tsx node-backend.ts PORT PROCESSES`. Answers
 * `/bytes/N` with N bytes, `/echo` with what it saw, and anything with a body with its length.
 */
const [port = 0, processes = 1] = process.argv.slice(2).map(Number)

if (cluster.isPrimary) startWorkers()
else serve()

function startWorkers(): void {
  for (let i = 0; i < processes; i++) cluster.fork()
  // One that ends takes the others with it: figures of a smaller backend would mislead.
  cluster.once('exit', () => process.exit(1))
}

function serve(): void {
  const bodies = new Map<string, Buffer>()
  const server = createServer({ keepAliveTimeout: 300_000, requestTimeout: 0 }, (req, res) =>
    answer(req, res, bodies)
  )
  server.listen(port, '0.0.0.0')
}

function answer(req: IncomingMessage, res: ServerResponse, bodies: Map<string, Buffer>): void {
  if (req.url === '/upload') countBody(req, res)
  else if (req.url === '/echo') echo(req, res)
  else sendBytes(req.url ?? '', res, bodies)
}

function sendBytes(url: string, res: ServerResponse, bodies: Map<string, Buffer>): void {
  const count = Number(/^\/bytes\/(\d{1,8})$/.exec(url)?.[1] ?? 0)
  const body = bodies.get(url) ?? Buffer.alloc(count, 'x')
  bodies.set(url, body)
  res.writeHead(count === 0 ? 404 : 200, {
    'Content-Type': 'text/plain',
    'Content-Length': body.length
  })
  res.end(body)
}

function countBody(req: IncomingMessage, res: ServerResponse): void {
  let bytes = 0
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  req.on('end', () => send(res, 'text/plain', String(bytes)))
}

function echo(req: IncomingMessage, res: ServerResponse): void {
  const { headers, socket } = req
  const seen = {
    host: headers.host,
    forwardedFor: headers['x-forwarded-for'],
    forwardedProto: headers['x-forwarded-proto'],
    forwardedHost: headers['x-forwarded-host'],
    task: socket.localAddress
  }
  send(res, 'application/json', JSON.stringify(seen))
}

function send(res: ServerResponse, type: string, text: string): void {
  res.writeHead(200, { 'Content-Type': type, 'Content-Length': text.length })
  res.end(text)
}
