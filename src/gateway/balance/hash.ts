/** FNV-1a over UTF-16 units, 32 bit: spreads keys, protects nothing. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return mix(hash)
}

/** Every bit of the result depends on every bit of the input (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The same for the same two hashes, and independent for others: 0 < x < 1. */
export function unitOf(a: number, b: number): number {
  return (mix(a ^ b) + 0.5) / 0x1_0000_0000
}
