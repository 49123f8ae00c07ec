import type { Socket } from 'node:net'
import type { ByteTaker } from '../../../gateway/http/direct-reading.ts'
import type { GatewayErrorName } from '../../../gateway/http/errors.ts'
import { kept, OWN_MEMORY, type ReadMemory } from '../../../gateway/http/read-memory.ts'
import { refusalText } from '../answer-text.ts'
import { closeLingering } from '../closing.ts'
import { isIntake } from '../intake.ts'
import type { Peer } from '../peer.ts'
import { type Attendant, attend, openClientSocket } from './client-socket.ts'
import { ClientWriter } from './client-writer.ts'
import { ConnectionTimer } from './connection-timer.ts'
import type { RequestBody } from './request-body.ts'
import { asksToSwitch, type PlainHead } from './request-head.ts'
import { RequestReader, type RequestSink } from './request-reader.ts'
import type { Afterwards, ConnectionHolder, WireClient } from './wire-client.ts'
import type { WireContext } from './wire-context.ts'
import { WireExchange } from './wire-exchange.ts'

/** Pipelined requests that may wait for their answers; further ones are not read until then. */
const MOST_OWED = 1024

/**
 * One connection of a client: reads requests as they come, has their answers written in order, and
 * gives the connection away at the first request that is not plain.
 */
export class WireConnection implements WireClient, RequestSink, ByteTaker, Attendant {
  readonly peer: Peer
  readonly writer: ClientWriter
  readonly #context: WireContext
  readonly #holder: ConnectionHolder
  readonly #socket: Socket
  readonly #reader: RequestReader
  readonly #timer: ConnectionTimer
  readonly #release: () => void
  readonly #owed: WireExchange[] = []
  /** The last of them, while its body is not here as a whole. */
  #partial: WireExchange | undefined
  #isReading = false
  #isPaused = false
  /** What follows is for the full lane, as soon as nothing is owed. */
  #isOther = false
  /** Nothing that comes is read any more. */
  #isDeaf = false
  /** Closes when nothing is owed. */
  #closing = false
  #isGiven = false

  constructor(context: WireContext, holder: ConnectionHolder, accepted: Socket, peer: Peer) {
    this.#context = context
    this.#holder = holder
    const socket = openClientSocket(accepted, context.buffers, this)
    this.#socket = socket
    this.peer = peer
    this.writer = new ClientWriter(socket)
    this.#reader = new RequestReader(this, context.limits)
    this.#timer = new ConnectionTimer(context.wheel, context.limits, (awaited) => {
      if (awaited === 'head') this.#refuse('requestTimeout')
      else if (awaited === 'body') this.#partial?.timeOut()
      else socket.destroy()
    })
    this.#release = attend(socket, this)
  }

  get idle(): boolean {
    return this.#owed.length === 0
  }

  /** Closes a connection that waits for a next request, not one that has yet to send its first. */
  closeIdle(): void {
    if (this.#timer.awaits === 'request') this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  onHead(head: PlainHead): RequestBody | undefined {
    const context = this.#context
    const taken = context.admission.take(head, context.listener, head.fields)
    if (isIntake(taken) && taken.route.hooks !== '') {
      this.#isOther = true
      return undefined
    }
    const exchange = new WireExchange(context, this, head)
    if (head.close) this.#closing = true
    if (!exchange.body.read) this.#partial = exchange
    this.#owed.push(exchange)
    this.#timer.stop()
    context.admission.admit(exchange, taken)
    return exchange.body
  }

  onWhole(): void {
    this.#partial = undefined
    this.#timer.stopFor('body')
    if (this.#closing) this.#deafen()
    else if (this.#owed.length >= MOST_OWED) {
      this.#reader.stop()
      this.onHeld()
    }
  }

  onHeld(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  onOther(text: string): void {
    this.#isOther = true
    if (this.idle || !asksToSwitch(text)) return
    // Pipelining that is asking for trouble: what is owed is answered, and the client may ask again.
    this.#closing = true
    this.#deafen()
  }

  onBadBody(fault: string): void {
    this.#refuse(fault === 'chunk extensions too large' ? 'headTooLarge' : 'badRequest')
  }

  closesBehind(exchange: WireExchange): boolean {
    return this.#closing && this.#owed.at(-1) === exchange
  }

  answered(then: Afterwards): void {
    this.#owed.shift()
    const next = this.#owed[0]
    if (then === 'cut') this.#socket.destroy()
    else if (then === 'linger') {
      this.#deafen()
      closeLingering(this.#socket)
    } else if (then === 'close' || (this.#closing && next === undefined)) {
      this.#deafen()
      this.#socket.destroySoon()
    } else if (next !== undefined) next.takeTurn()
    if (!this.#isReading) this.#settle()
  }

  readOn(): void {
    this.#isPaused = false
    this.#socket.resume()
    if (!this.#isReading) this.#awaitBody()
  }

  onBytes(chunk: Buffer, memory: ReadMemory): boolean {
    // For whoever reads it as a stream now.
    if (this.#isGiven) return this.#socket.push(kept(chunk, memory))
    if (!this.#isDeaf) this.#read(chunk, memory)
    return true
  }

  waitForClient(ms: number): void {
    this.#timer.await('client', ms)
  }

  onDrain(): void {
    this.#timer.stopFor('client')
    this.#owed[0]?.drained()
  }

  /** A client that sends no more wants no more, as Node's server has it. */
  onFin(): void {
    const isPart = this.#partial !== undefined || this.#reader.amidHead
    if (isPart && !this.#isDeaf) this.#refuse('badRequest')
    // Who is deaf and owes nothing is about to close.
    if (this.idle && this.#isDeaf) return
    const isCut = this.#owed[0]?.answer.ended === false
    this.#abandonAll()
    // A part of an answer is of no use to anybody: it need not be waited for.
    if (isCut) this.#socket.destroy()
    else this.#socket.end()
  }

  onClosed(): void {
    this.#abandonAll()
    this.#leave()
  }

  #read(chunk?: Buffer, memory = OWN_MEMORY): void {
    this.#isReading = true
    if (chunk === undefined) this.#reader.goOn()
    else this.#reader.read(chunk, memory)
    this.#isReading = false
    this.#settle()
  }

  /** What is next, once everything that came was looked at or an answer is out. */
  #settle(): void {
    if (this.#isDeaf) this.#reader.takeUnread()
    else if (this.#isOther && this.idle) this.#giveAway()
    else if (this.#isOther) this.onHeld()
    else if (!this.#reader.stopped) this.#awaitMore()
    else if (this.#owed.length < MOST_OWED) this.#read()
  }

  #awaitMore(): void {
    if (this.#partial === undefined && this.#isPaused) this.readOn()
    if (this.#reader.amidHead) this.#timer.await('head')
    else if (this.idle) this.#timer.await('request')
    else this.#awaitBody()
  }

  #awaitBody(): void {
    this.#timer.awaitBody(this.#partial?.leftMs(this.#context.wheel.now()))
  }

  /** What came is no request, or will never be a whole one. Whole ones before it are answered first. */
  #refuse(name: GatewayErrorName): void {
    const partial = this.#partial
    this.#deafen()
    this.#closing = true
    this.#timer.stop()
    if (partial !== undefined) {
      partial.abandon()
      this.#owed.pop()
    }
    if (!this.idle) return
    if (partial?.begun === true) {
      this.#socket.destroy()
      return
    }
    this.#context.onRefused(name, this.peer.address)
    this.#socket.write(refusalText(name))
    closeLingering(this.#socket)
  }

  #deafen(): void {
    this.#isDeaf = true
    this.#reader.stop()
  }

  #abandonAll(): void {
    for (const exchange of this.#owed.splice(0)) exchange.abandon()
  }

  #giveAway(): void {
    const unread = this.#reader.takeUnread()
    this.#leave()
    const socket = this.#socket
    socket.pause()
    this.#isGiven = true
    this.#release()
    this.#holder.handOver(socket, unread)
  }

  #leave(): void {
    this.#isDeaf = true
    this.#timer.stop()
    this.#holder.forget(this)
  }
}
