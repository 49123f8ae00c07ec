import { connect } from 'node:net'
import type { FuzzCase } from './mutate.ts'

export interface FuzzAnswer {
  /** Statuses of the final answers, in order. */
  readonly statuses: readonly number[]
  /** Codes of the gateway's own answers. */
  readonly codes: readonly string[]
  /** The gateway closed the connection. */
  readonly closed: boolean
}

/** More is not kept of what comes back. */
const MOST_KEPT = 16_384

/**
 * Sends a case, and waits until the gateway closes the connection.
 *
 * @param patienceMs how long the gateway may wait for more, without a byte in either direction
 */
export function sendCase(
  port: number,
  localAddress: string,
  { pieces }: FuzzCase,
  patienceMs: number
): Promise<FuzzAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ port, localAddress, host: '127.0.0.1', noDelay: true })
    let text = ''
    let closed = false
    const over = (): void => {
      socket.destroy()
      resolve({ ...answersIn(text), closed })
    }
    const gone = (): void => {
      closed = true
      over()
    }
    socket.on('data', (piece) => {
      if (text.length < MOST_KEPT) text += piece.toString('latin1')
    })
    socket.on('end', gone).on('error', gone)
    socket.setTimeout(patienceMs, over)
    socket.once('connect', () => writeAll(pieces, 0))

    function writeAll(all: readonly string[], from: number): void {
      const piece = all[from]
      if (piece === undefined || !socket.writable) return
      socket.write(piece, 'latin1')
      // Else the kernel would put them together again.
      if (from + 1 < all.length) setImmediate(() => writeAll(all, from + 1))
    }
  })
}

function answersIn(text: string): Pick<FuzzAnswer, 'statuses' | 'codes'> {
  return {
    statuses: [...text.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map(([, status]) => Number(status)),
    codes: [...text.matchAll(/\bGW_[A-Z_]+/g)].map(([code]) => code)
  }
}
