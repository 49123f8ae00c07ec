import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { eventually } from './eventually.ts'

const SERVER =
  "require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })"

/**
 * A port at which a connection is neither made nor refused: its process is stopped and accepts
 * nothing, and once its backlog is full further SYNs are lost.
 */
export async function startBlackHole(): Promise<{ readonly port: number; close(): void }> {
  const child = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(child.stdout, 'data')
  const port = Number(String(line))
  child.kill('SIGSTOP')
  const fillers = Array.from({ length: 16 }, () => connect(port, '127.0.0.1'))
  for (const filler of fillers) filler.on('error', () => undefined)
  await eventually('a full backlog', () => fillers.some(({ connecting }) => !connecting))
  return {
    port,
    close() {
      for (const filler of fillers) filler.destroy()
      child.kill('SIGKILL')
    }
  }
}
