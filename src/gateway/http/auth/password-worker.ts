import { type MessagePort, parentPort } from 'node:worker_threads'
import { verifyShaCrypt } from './sha-crypt.ts'

/** What a worker is asked. */
export interface PasswordQuestion {
  readonly id: number
  readonly password: Uint8Array
  readonly hash: string
}

export interface PasswordVerdict {
  readonly id: number
  readonly right: boolean
}

function serve(port: MessagePort): void {
  port.on('message', ({ id, password, hash }: PasswordQuestion) => {
    const verdict: PasswordVerdict = { id, right: verifyShaCrypt(Buffer.from(password), hash) }
    port.postMessage(verdict)
  })
}

// Nothing to do where it is imported rather than started as a worker.
if (parentPort !== null) serve(parentPort)
