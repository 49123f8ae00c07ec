import { hash } from 'node:crypto'

const MASK = 0xffff_ffff_ffff_ffffn

/**
 * A digest of a set of entries, whatever their order: the sum of theirs, 128 bits. So it costs what
 * changes. It tells apart what differs by accident; nobody's security rests on it.
 */
export class DigestSum {
  #high: bigint
  #low: bigint

  /** @param text as `toString` gave it; empty: of no entry */
  constructor(text = '') {
    this.#high = BigInt(`0x${text.slice(0, 16) || '0'}`)
    this.#low = BigInt(`0x${text.slice(16) || '0'}`)
  }

  add(entry: string): void {
    const digest = hash('sha256', entry, 'buffer')
    this.#high = (this.#high + digest.readBigUInt64BE(0)) & MASK
    this.#low = (this.#low + digest.readBigUInt64BE(8)) & MASK
  }

  remove(entry: string): void {
    const digest = hash('sha256', entry, 'buffer')
    this.#high = (this.#high - digest.readBigUInt64BE(0)) & MASK
    this.#low = (this.#low - digest.readBigUInt64BE(8)) & MASK
  }

  /** 32 hexadecimal digits. */
  toString(): string {
    return [this.#high, this.#low].map((half) => half.toString(16).padStart(16, '0')).join('')
  }
}
