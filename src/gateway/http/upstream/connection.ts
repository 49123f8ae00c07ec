import type { Endpoint } from '../../model/route.ts'
import { OWN_MEMORY, type ReadMemory } from '../read-memory.ts'
import { forwardedTrailers } from '../trailers.ts'
import type { AnswerFraming } from './answer-framing.ts'
import type { AnswerHead } from './answer-head.ts'
import { AnswerParser, type AnswerSink } from './answer-parser.ts'
import type { ConnectionOwner, ConnectionTools } from './connection-tools.ts'
import { isEndless } from './endless.ts'
import type { FailureReason } from './exchange.ts'
import { reasonOf } from './failures.ts'
import { TaskReading } from './read-turns.ts'
import type { Carrier, TaskExchange } from './task-exchange.ts'
import { openTaskSocket, type SocketEvents, type TaskSocket } from './task-socket.ts'
import { tellHead, tellInformational } from './tell.ts'
import type { Timer, Wheel } from './wheel.ts'

const nothing = () => undefined

/**
 * One connection to one task; carries one exchange at a time. Everything that is not a clean end of
 * an answer retires it.
 */
export class Connection implements AnswerSink, Carrier, SocketEvents {
  /** Carries an answer that is not meant to end, such as an event stream. */
  endless = false
  /** Nothing was sent before. */
  connected = false
  readonly #owner: ConnectionOwner
  readonly #wheel: Wheel
  readonly #parser: AnswerParser
  readonly #timer: Timer
  readonly #socket: TaskSocket
  #exchange: TaskExchange | undefined
  #framing: AnswerFraming | undefined
  #gone = false
  readonly #reading: TaskReading
  #idleSince = 0
  /** What is being read, and whose it is. */
  #chunk: Buffer | undefined
  #memory = OWN_MEMORY

  /** Connects at once, for this exchange. @throws when the address itself is impossible */
  constructor(
    endpoint: Endpoint,
    exchange: TaskExchange,
    owner: ConnectionOwner,
    tools: ConnectionTools
  ) {
    this.#owner = owner
    this.#wheel = tools.wheel
    this.#parser = new AnswerParser(this, tools.limits)
    this.#timer = { deadline: 0, slot: 0, expire: () => this.#expire() }
    this.#exchange = exchange
    exchange.carrier = this
    const { upgrade: stream } = exchange.request
    this.#socket = openTaskSocket(endpoint, { ...tools, stream }, this)
    this.#reading = new TaskReading(this.#socket, tools.turns)
    tools.wheel.arm(this.#timer, Math.min(exchange.request.timeouts.connectMs, owner.connectMs))
  }

  /** Takes the next exchange; only while idle. */
  carry(exchange: TaskExchange): void {
    exchange.carrier = this
    exchange.reused = true
    this.#exchange = exchange
    this.#begin(exchange)
  }

  /** Waits for the next exchange, but not longer than this. */
  park(ms: number): void {
    this.#idleSince = this.#wheel.now()
    this.#wheel.arm(this.#timer, ms)
  }

  /** Closes at once; an exchange in flight fails. */
  destroy(reason: FailureReason): void {
    this.#fail(reason, undefined)
  }

  drop(exchange: TaskExchange): void {
    if (this.#exchange !== exchange) return
    this.#exchange = undefined
    this.#retire()
  }

  /** Starts the time anew that the task, or the request, may take from here. */
  touch(): void {
    const exchange = this.#exchange
    if (exchange === undefined || !this.connected) return
    if (this.#reading.isHeld) {
      // The client is slow, not the task: its lane watches that.
      this.#wheel.disarm(this.#timer)
      return
    }
    const { firstByteMs, idleMs } = exchange.request.timeouts
    this.#wheel.arm(this.#timer, exchange.requestDone && !exchange.headDone ? firstByteMs : idleMs)
  }

  resume(): void {
    if (this.#reading.letGo()) this.touch()
  }

  onInformational(head: AnswerHead): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.touch()
    tellInformational(exchange.handler, head)
  }

  onAnswerHead(head: AnswerHead, framing: AnswerFraming): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#framing = framing
    exchange.headDone = true
    this.endless = framing.length === -1 && isEndless(head.headers)
    this.touch()
    tellHead(exchange.handler, head, framing)
  }

  onBody(chunk: Buffer): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    // Only who has all of the body in a read may say when its memory is free: chunks are many pieces.
    const isOne = chunk === this.#chunk || this.#framing?.body !== 'chunked'
    const memory = isOne || this.#memory.borrowed ? this.#memory : OWN_MEMORY
    if (!exchange.handler.onData(chunk, memory) && !exchange.finished) this.#reading.hold()
    this.touch()
  }

  onComplete(trailers: string[], extra: boolean): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    this.#exchange = undefined
    const { writable, writableLength } = this.#socket
    const whole = exchange.requestDone && writable && writableLength === 0
    if (whole && !extra && this.#framing?.keepAlive === true) this.#goIdle(this.#framing)
    else this.#retire()
    exchange.finish(forwardedTrailers(trailers))
  }

  onSwitch(head: AnswerHead, rest: Buffer): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    const socket = this.#socket
    this.#exchange = undefined
    this.#release()
    socket.handOver()
    exchange.finished = true
    exchange.handler.onUpgrade(head.reason, head.headers, socket, rest)
  }

  onBadAnswer(fault: string): void {
    this.#fail('bad-answer', new Error(`the task's answer is not HTTP/1.1: ${fault}`))
  }

  onConnected(): void {
    this.connected = true
    if (this.#exchange !== undefined) this.#begin(this.#exchange)
  }

  onClosed(error: Error | undefined): void {
    this.#closedIdle()
    this.#fail(reasonOf(error, this.connected), error)
  }

  #begin(exchange: TaskExchange): void {
    this.endless = false
    this.#parser.start(exchange.request.method, exchange.request.upgrade)
    exchange.start(this.#socket)
    this.touch()
  }

  onBytes(chunk: Buffer, memory: ReadMemory): boolean {
    const exchange = this.#exchange
    if (exchange === undefined) {
      // Bytes nobody asked for must never be taken for the next answer.
      this.#retire()
      return true
    }
    exchange.bytesRead += chunk.length
    this.#chunk = chunk
    this.#memory = memory
    try {
      this.#parser.read(chunk)
    } catch (cause) {
      this.#fail('bad-answer', cause)
    }
    this.#chunk = undefined
    if (exchange.finished) return true
    if (!memory.borrowed) this.#reading.took(chunk.length)
    exchange.handler.onQuiet?.()
    return true
  }

  onDrained(): void {
    this.touch()
    this.#exchange?.drained()
  }

  onFin(): void {
    this.#closedIdle()
    if (!this.#gone && !this.#parser.end()) this.#fail('closed', undefined)
  }

  #expire(): void {
    const exchange = this.#exchange
    if (exchange === undefined) this.#retire()
    else if (!this.connected) this.#fail('connect-timeout', undefined)
    else if (exchange.requestDone && !exchange.headDone) this.#fail('first-byte-timeout', undefined)
    else this.#fail('idle-timeout', undefined)
  }

  #goIdle(framing: AnswerFraming): void {
    this.#reading.letGo()
    this.#owner.idle(this, framing.keepAliveMs)
  }

  #fail(reason: FailureReason, cause: unknown): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    this.#retire()
    exchange?.fail(reason, cause)
  }

  /** By FIN or by RST of the task; what we close is gone before. */
  #closedIdle(): void {
    if (this.#gone || this.#exchange !== undefined) return
    this.#owner.closedIdle(this.#wheel.now() - this.#idleSince)
    this.#retire()
  }

  #retire(): void {
    if (this.#gone) return
    this.#release()
    this.#socket.destroy()
  }

  #release(): void {
    this.#gone = true
    this.#reading.stop()
    this.#parser.stop()
    this.#wheel.disarm(this.#timer)
    this.#timer.expire = nothing
    this.#owner.gone(this)
  }
}
