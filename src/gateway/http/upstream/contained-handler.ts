import type { Socket } from 'node:net'
import type { ReadMemory } from '../read-memory.ts'
import type { ExchangeHandler, Failure } from './exchange.ts'

/** A handler that can end its request when something of its own fails. */
export interface Breakable extends ExchangeHandler {
  broken(error: unknown): void
}

/**
 * What fails on this side while a task answers is this side's fault: it ends that request alone, and
 * is never taken for a bad answer of the task, nor for an error of the process.
 */
export class ContainedHandler implements ExchangeHandler {
  readonly #inner: Breakable

  constructor(inner: Breakable) {
    this.#inner = inner
  }

  onInformational(status: number, reason: string, headers: string[]): void {
    try {
      this.#inner.onInformational(status, reason, headers)
    } catch (error) {
      this.#inner.broken(error)
    }
  }

  onHead(
    status: number,
    reason: string,
    headers: string[],
    length: number,
    contentLength: number | undefined
  ): void {
    try {
      this.#inner.onHead(status, reason, headers, length, contentLength)
    } catch (error) {
      this.#inner.broken(error)
    }
  }

  onData(chunk: Buffer, memory: ReadMemory): boolean {
    try {
      return this.#inner.onData(chunk, memory)
    } catch (error) {
      this.#inner.broken(error)
      return true
    }
  }

  onQuiet(): void {
    try {
      this.#inner.onQuiet?.()
    } catch (error) {
      this.#inner.broken(error)
    }
  }

  onEnd(trailers: string[]): void {
    try {
      this.#inner.onEnd(trailers)
    } catch (error) {
      this.#inner.broken(error)
    }
  }

  onUpgrade(reason: string, headers: string[], socket: Socket, head: Buffer): void {
    try {
      this.#inner.onUpgrade(reason, headers, socket, head)
    } catch (error) {
      socket.destroy()
      this.#inner.broken(error)
    }
  }

  onFailure(failure: Failure): void {
    try {
      this.#inner.onFailure(failure)
    } catch (error) {
      this.#inner.broken(error)
    }
  }

  onDrain(): void {
    try {
      this.#inner.onDrain()
    } catch (error) {
      this.#inner.broken(error)
    }
  }
}
