import type { Socket } from 'node:net'
import type { Stats } from '../../gateway/plugin.ts'

/** How many connections of clients there are, at all listeners of a front door. */
export class ClientConnections {
  /** Bytes that were refused as no request. */
  malformed = 0
  #open = 0
  #accepted = 0

  note(socket: Socket): void {
    this.#accepted++
    this.#open++
    socket.once('close', () => {
      this.#open--
    })
  }

  stats(): Stats {
    return { connections: this.#open, accepted: this.#accepted, malformed: this.malformed }
  }
}
