import { createHash, timingSafeEqual } from 'node:crypto'

/**
 * SHA-crypt, the `$5$` (SHA-256) and `$6$` (SHA-512) password hashes of crypt(3), after Ulrich
 * Drepper's "Unix crypt using SHA-256 and SHA-512", whose steps the comments number.
 */

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const DEFAULT_ROUNDS = 5000
const FORM = /^\$([56])\$(rounds=(\d{1,9})\$)?([^$]{1,16})\$[./0-9A-Za-z]+$/

/** Which bytes of the digest are written together, three by three (step 22). */
const ORDER_256 = order([0, 10, 20], 30, 21)
const ORDER_512 = order([0, 21, 42], 63, 22)

/**
 * True when the password belongs to the hash. Takes milliseconds of CPU by design, so it never runs
 * on the event loop; its duration depends on the length of the password, not on its content.
 */
export function verifyShaCrypt(password: Buffer, hash: string): boolean {
  const parts = FORM.exec(hash)
  if (parts === null) return false
  const [, kind, spelt = '', rounds, salt = ''] = parts
  const name = kind === '5' ? 'sha256' : 'sha512'
  const digest = digestOf(name, password, Buffer.from(salt), Number(rounds ?? DEFAULT_ROUNDS))
  const text = `$${kind}$${spelt}${salt}$${encode(digest)}`
  return text.length === hash.length && timingSafeEqual(Buffer.from(text), Buffer.from(hash))
}

function digestOf(name: string, password: Buffer, salt: Buffer, rounds: number): Buffer {
  const sha = (...parts: readonly Buffer[]): Buffer => {
    const hash = createHash(name)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
  // 4 to 8: B; 1 to 12: A.
  const b = sha(password, salt, password)
  const parts = [password, salt, repeated(b, password.length)]
  for (let bits = password.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? b : password)
  const a = sha(...parts)
  // 13 to 16: P; 17 to 20: S.
  const p = repeated(sha(...Array<Buffer>(password.length).fill(password)), password.length)
  const s = repeated(sha(...Array<Buffer>(16 + (a[0] ?? 0)).fill(salt)), salt.length)
  // 21
  let digest = a
  for (let round = 0; round < rounds; round += 1) {
    const odd = round % 2 === 1
    const hash = createHash(name).update(odd ? p : digest)
    if (round % 3 !== 0) hash.update(s)
    if (round % 7 !== 0) hash.update(p)
    digest = hash.update(odd ? digest : p).digest()
  }
  return digest
}

/** The first `length` bytes of endless repetition. */
function repeated(bytes: Buffer, length: number): Buffer {
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, bytes)
}

/** Groups of three places, each `step` behind the one before. */
function order(first: readonly number[], size: number, step: number): readonly number[][] {
  const shift = (by: number) => first.map((at) => (at + by * step) % size)
  return Array.from({ length: size / 3 }, (_, group) => shift(group))
}

function encode(digest: Buffer): string {
  const at = (index: number): number => digest[index] ?? 0
  const long = digest.length === 64
  let text = ''
  for (const [a = 0, b = 0, c = 0] of long ? ORDER_512 : ORDER_256) {
    text += sixBits((at(a) << 16) | (at(b) << 8) | at(c), 4)
  }
  return text + (long ? sixBits(at(63), 2) : sixBits((at(31) << 8) | at(30), 3))
}

/** The lowest bits first. */
function sixBits(value: number, count: number): string {
  let text = ''
  for (let i = 0; i < count; i += 1) text += ALPHABET[(value >> (6 * i)) & 63]
  return text
}
