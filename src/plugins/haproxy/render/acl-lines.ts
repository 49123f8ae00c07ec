/** HAProxy reads up to 64 words a line. */
const MOST_WORDS = 32
/** Of its 2,048 bytes a line. */
const MOST_BYTES = 1400

/**
 * Lines of one ACL that holds when `sample` fits any of the patterns; none without patterns.
 * @param sample what is compared, and how: `src -m ip`
 */
export function aclLines(name: string, sample: string, patterns: readonly string[]): string[] {
  const lines: string[] = []
  let words: string[] = []
  let bytes = 0
  for (const pattern of patterns) {
    if (words.length === MOST_WORDS || bytes + pattern.length > MOST_BYTES) {
      lines.push(`acl ${name} ${sample} ${words.join(' ')}`)
      words = []
      bytes = 0
    }
    words.push(pattern)
    bytes += pattern.length + 1
  }
  return words.length === 0 ? lines : [...lines, `acl ${name} ${sample} ${words.join(' ')}`]
}
