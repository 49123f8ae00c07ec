import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A task that listens and never accepts: whoever connects waits. */
export interface FullTask {
  readonly port: number
  close(): void
}

/** A child that stops at once after it listens: the kernel fills its queue of one, no more. */
const CHILD = `
const { createServer } = require('node:net')
const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.stdout.write(server.address().port + '\\n', () => process.kill(process.pid, 'SIGSTOP'))
})`

/** Linux completes connections up to the backlog plus one by itself; these fill it. */
const FILLERS = 4

export async function startFullTask(): Promise<FullTask> {
  const child: ChildProcess = spawn(process.execPath, ['-e', CHILD], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  const [line] = (await once(child.stdout ?? process.stdin, 'data')) as [Buffer]
  const port = Number(line.toString())
  const sockets: Socket[] = Array.from({ length: FILLERS }, () => {
    const socket = connect({ port, host: '127.0.0.1' })
    return socket.on('error', () => undefined)
  })
  await Promise.all(sockets.slice(0, 2).map((socket) => once(socket, 'connect')))
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy()
      child.kill('SIGKILL')
    }
  }
}
