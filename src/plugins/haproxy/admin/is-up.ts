import { parseWorkerPid } from '../apply/answers.ts'
import { createRuntimeSocket } from '../apply/runtime-socket.ts'

const LIMITS = { silenceMs: 2_000, maxBytes: 64 * 1024 }

/**
 * Tells whether a worker of HAProxy answers. However many ask, HAProxy is asked once at a time: its
 * command line takes few connections, and the gateway needs them.
 */
export function createIsUp(socket: string): () => Promise<boolean> {
  const runtime = createRuntimeSocket(socket, LIMITS)
  let asking: Promise<boolean> | undefined

  async function ask(): Promise<boolean> {
    try {
      return parseWorkerPid(await runtime.ask('show', 'info')) !== undefined
    } catch {
      return false
    } finally {
      asking = undefined
    }
  }

  return () => {
    asking ??= ask()
    return asking
  }
}
