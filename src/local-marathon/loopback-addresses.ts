import { createServer } from 'node:net'
import type { WantedPort } from './definition.ts'
import type { Placement } from './task-runner.ts'

/** Marathon's agents offer this range by default. */
const FIRST_PORT = 31_000
const LAST_PORT = 32_000
const ATTEMPTS = 200

/** True when this machine lets us listen there; port 0 asks for the address alone. */
export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/**
 * Hands out loopback addresses, one per task from 127.0.1.2 up, so that tasks differ by address as
 * containers do. Where the system allows only 127.0.0.1, tasks share it and differ by port.
 */
export class LoopbackAddresses {
  readonly #hosts = new Set<string>()
  readonly #ports = new Set<string>()
  readonly #random: () => number
  #many: Promise<boolean> | undefined

  /** @param random where the search for a free port begins, 0 ≤ x < 1 */
  constructor(random: () => number) {
    this.#random = random
  }

  /** @throws Error when a fixed port is taken or no port is free */
  async place(wanted: readonly WantedPort[]): Promise<Placement> {
    this.#many ??= canListen('127.0.1.2', 0)
    const own = await this.#many
    const host = own ? this.#freeHost() : '127.0.0.1'
    if (own) this.#hosts.add(host)
    const held: string[] = []
    const release = () => {
      this.#hosts.delete(host)
      for (const key of held) this.#ports.delete(key)
    }
    try {
      const ports: number[] = []
      for (const { hostPort } of wanted) ports.push(await this.#hold(host, hostPort, held))
      return { host, ports, release }
    } catch (error) {
      release()
      throw error
    }
  }

  #freeHost(): string {
    for (let number = 2; number < 65_000; number += 1) {
      const last = number % 256
      if (last === 0 || last === 255) continue
      const host = `127.0.${1 + (number >> 8)}.${last}`
      if (!this.#hosts.has(host)) return host
    }
    throw new Error('no loopback address is left')
  }

  async #hold(host: string, fixed: number, held: string[]): Promise<number> {
    const size = LAST_PORT - FIRST_PORT
    const start = Math.floor(this.#random() * size)
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const port = fixed || FIRST_PORT + ((start + attempt) % size)
      const key = `${host}:${port}`
      if (!this.#ports.has(key)) {
        this.#ports.add(key)
        if (await canListen(host, port)) {
          held.push(key)
          return port
        }
        this.#ports.delete(key)
      }
      if (fixed) throw new Error(`port ${key}, which the app requires, is taken`)
    }
    throw new Error(`no free port on ${host}`)
  }
}
