import type { Socket } from 'node:net'
import type { ByteTaker } from '../../../gateway/http/direct-reading.ts'
import type { GatewayErrorName } from '../../../gateway/http/errors.ts'
import { kept, OWN_MEMORY, type ReadMemory } from '../../../gateway/http/read-memory.ts'
import type { Endpoint } from '../../../gateway/model/route.ts'
import { closeLingering, refuseLingering } from '../closing.ts'
import { isIntake } from '../intake.ts'
import type { Peer } from '../peer.ts'
import { type Endable, SlowClient } from '../slow-client.ts'
import { type Attendant, attend, openClientSocket, unattend } from './client-socket.ts'
import { ClientWriter } from './client-writer.ts'
import { ConnectionTimer } from './connection-timer.ts'
import type { RequestBody } from './request-body.ts'
import { asksToSwitch, hasFurtherSpaces, type PlainHead } from './request-head.ts'
import { RequestReader, type RequestSink } from './request-reader.ts'
import type { Afterwards, ConnectionHolder, WireClient } from './wire-client.ts'
import { MOST_OWED, type WireContext } from './wire-context.ts'
import { WireExchange } from './wire-exchange.ts'

/**
 * One connection of a client: reads requests as they come, has their answers written in order, and
 * gives the connection away at the first request that is not plain.
 */
export class WireConnection implements WireClient, RequestSink, ByteTaker, Attendant {
  readonly peer: Peer
  readonly writer: ClientWriter
  readonly #context: WireContext
  readonly #holder: ConnectionHolder
  readonly socket: Socket
  readonly #reader: RequestReader
  readonly #slow: SlowClient
  readonly #timer: ConnectionTimer
  readonly #owed: WireExchange[] = []
  /** The last of them, while its body is not here as a whole. */
  #partial: WireExchange | undefined
  #isReading = false
  #isPaused = false
  /** What follows is for the full lane, as soon as nothing is owed. */
  #isOther = false
  #isDeaf = false
  #closing = false
  #isGiven = false

  constructor(context: WireContext, holder: ConnectionHolder, accepted: Socket, peer: Peer) {
    this.#context = context
    this.#holder = holder
    this.socket = openClientSocket(accepted, context, this)
    this.peer = peer
    this.writer = new ClientWriter(this.socket)
    this.#slow = new SlowClient(context.laggards)
    this.#reader = new RequestReader(this, context.limits)
    this.#timer = new ConnectionTimer(context.wheel, context.limits, (awaited) => {
      if (awaited === 'head' && this.#reader.amidHead) this.#refuse('requestTimeout')
      else if (awaited === 'body') this.#partial?.fail('requestTimeout')
      else this.socket.destroy()
    })
    attend(this.socket, this)
  }

  get idle(): boolean {
    return this.#owed.length === 0
  }

  /** Not one that has yet to send its first request. */
  closeIdle(): void {
    if (this.#timer.awaits === 'request') this.socket.destroy()
  }

  onHead(head: PlainHead): RequestBody | undefined {
    const { admission, listener, headsOnly } = this.#context
    const taken = headsOnly ? undefined : admission.take(head, listener, head.fields)
    if (taken === undefined || (isIntake(taken) && taken.route.hooks !== '')) {
      this.#isOther = true
      return undefined
    }
    const exchange = new WireExchange(this.#context, this, head)
    if (head.close) this.#closing = true
    if (!exchange.body.read) this.#partial = exchange
    this.#owed.push(exchange)
    this.#timer.stop()
    admission.admit(exchange, taken)
    return exchange.body
  }

  onWhole(): void {
    this.#partial = undefined
    this.#awaitBody()
    if (this.#closing) this.#deafen()
    else if (this.#owed.length >= MOST_OWED) {
      this.#reader.stop()
      this.onHeld()
    }
  }

  onHeld(): void {
    this.#isPaused = true
    this.socket.pause()
  }

  onOther(text: string): void {
    if (hasFurtherSpaces(text)) this.#refuse('badRequest')
    else this.#isOther = true
    if (this.idle || !asksToSwitch(text)) return
    // Pipelining that is asking for trouble: what is owed is answered, and the client may ask again.
    this.#closing = true
    this.#deafen()
  }

  onBadBody(fault: string): void {
    this.#refuse(fault === 'chunk extensions too large' ? 'headTooLarge' : 'badRequest')
  }

  afterwards(exchange: WireExchange): Afterwards {
    if (this.#owed.at(-1) !== exchange) return 'keep'
    if (this.#closing) return 'close'
    if (!this.#context.stopping() || this.#reader.hasMore) return 'keep'
    this.#closing = true
    if (this.#partial === undefined) this.#deafen()
    return 'linger'
  }

  answered(then: Afterwards): void {
    this.#owed.shift()
    this.#slow.leave()
    const next = this.#owed[0]
    if (then === 'cut') this.socket.destroy()
    else if (then !== 'keep' || (this.#closing && next === undefined)) {
      this.#deafen()
      if (then === 'linger') closeLingering(this.socket)
      else this.socket.destroySoon()
    } else if (next !== undefined) next.takeTurn()
    if (!this.#isReading) this.#settle()
  }

  readOn(): void {
    this.#isPaused = false
    this.socket.resume()
    if (!this.#isReading) this.#awaitBody()
  }

  onBytes(chunk: Buffer, memory: ReadMemory): boolean {
    // For whoever reads it as a stream now.
    if (this.#isGiven) return this.socket.push(kept(chunk, memory))
    if (!this.#isDeaf) this.#read(chunk, memory)
    return true
  }

  waitForClient(ms: number, request?: Endable, endpoint?: Endpoint): void {
    this.#timer.await('client', ms)
    if (request === undefined) this.#slow.leave()
    else this.#slow.takesNothing(request, endpoint)
  }

  onDrain(): void {
    this.#timer.stopFor('client')
    this.#slow.takes()
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
    if (isCut) this.socket.destroy()
    else this.socket.end()
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
    const partial = this.#partial
    const left = partial?.leftMs(this.#context.wheel.now())
    this.#timer.awaitBody(left)
    const sender = left === undefined ? undefined : partial
    this.#slow.sends(sender, sender?.account.endpoint, sender?.body.bytes)
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
    if (partial?.begun === true) return void this.socket.destroy()
    this.#context.onRefused(name, this.peer.address)
    refuseLingering(this.socket, name)
  }

  #deafen(): void {
    this.#isDeaf = true
    this.#reader.stop()
  }

  #abandonAll(): void {
    this.#slow.leave()
    for (const exchange of this.#owed.splice(0)) exchange.abandon()
  }

  #giveAway(): void {
    const unread = this.#reader.takeUnread()
    this.#leave()
    this.#isGiven = true
    unattend(this.socket)
    this.#holder.handOver(this.socket, unread)
  }

  #leave(): void {
    this.#isDeaf = true
    this.#timer.stop()
    this.#holder.forget(this)
  }
}
