import type { Socket } from 'node:net'
import type { Timer, Wheel } from '../../gateway/http/upstream/wheel.ts'
import { FrameBorders, GOING_AWAY, GOING_AWAY_MASKED } from './websocket-frames.ts'

export interface TunnelEnds {
  readonly client: Socket
  readonly task: Socket
  /** The task's 101 as it came. */
  readonly opening: Buffer
  /** Bytes that followed it. */
  readonly head: Buffer
  /** Closed after this long without a byte in either direction. */
  readonly idleMs: number
}

/** How long a frame of the task may take to its end, and then the client to say goodbye, ms. */
const PARTING_MS = 1000

/** Passes bytes in both directions. Of frames it only knows where they end, to close between two. */
export class Tunnel {
  readonly #client: Socket
  readonly #task: Socket
  readonly #wheel: Wheel
  readonly #borders = new FrameBorders()
  readonly #clientBorders = new FrameBorders()
  readonly #timer: Timer = { deadline: 0, slot: 0, expire: () => this.#expire() }
  #state: 'open' | 'dismissed' | 'parting' = 'open'

  constructor(ends: TunnelEnds, wheel: Wheel, onClosed: () => void) {
    const { client, task, idleMs, opening, head } = ends
    this.#client = client
    this.#task = task
    this.#wheel = wheel
    this.#borders.see(head)
    client.write(Buffer.concat([opening, head]))
    link(client, task, idleMs)
    link(task, client, idleMs)
    client.once('close', () => {
      wheel.disarm(this.#timer)
      onClosed()
    })
    client.on('data', (chunk: Buffer) => this.#clientBorders.see(chunk))
    client.pipe(task)
    task.pipe(client)
    // Behind the pipe, which has passed the piece on by then.
    task.on('data', (chunk: Buffer) => {
      this.#borders.see(chunk)
      if (this.#state === 'dismissed') this.#part()
    })
  }

  /** Closes it: with a close frame as soon as no frame is under way, so that the client knows why. */
  dismiss(): void {
    if (this.#state !== 'open') return
    this.#state = 'dismissed'
    this.#wheel.arm(this.#timer, PARTING_MS)
    this.#part()
  }

  #part(): void {
    if (!this.#borders.between || !this.#client.writable) return
    this.#state = 'parting'
    this.#task.unpipe(this.#client)
    this.#task.resume()
    // The client's own close frame still goes to the task, which so hears a regular end.
    this.#client.end(GOING_AWAY)
    this.#wheel.arm(this.#timer, PARTING_MS)
  }

  /** The client said no goodbye: the task hears of it from here. */
  #expire(): void {
    if (this.#clientBorders.between && this.#task.writable) this.#task.write(GOING_AWAY_MASKED)
    this.#client.destroy()
  }
}

/** What happens to one side happens to the other, once what that side said last has been passed on. */
function link(side: Socket, other: Socket, idleMs: number): void {
  side.setNoDelay(true)
  // A socket's timeout counts what it reads and what it writes: both directions.
  side.setTimeout(idleMs, () => side.destroy())
  side.on('error', () => side.destroy())
  side.once('close', (broken: boolean) => (broken ? other.destroy() : other.destroySoon()))
}
