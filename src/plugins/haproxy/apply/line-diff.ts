/** Above this many comparisons two texts are shown one after the other. */
const MOST_CELLS = 4_000_000

/** Lines of two texts that differ: ` -before`, ` +after`; nothing where they are the same. */
export function lineDiff(before: readonly string[], after: readonly string[]): string[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1
  let end = 0
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  ) {
    end += 1
  }
  return middleDiff(
    before.slice(start, before.length - end),
    after.slice(start, after.length - end)
  )
}

function middleDiff(before: readonly string[], after: readonly string[]): string[] {
  if (before.length * after.length > MOST_CELLS) {
    return [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)]
  }
  const common = commonLengths(before, after)
  const at = (i: number, j: number) => common[i * (after.length + 1) + j] ?? 0
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i += 1
      j += 1
    } else if (j >= after.length || (i < before.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`-${before[i]}`)
      i += 1
    } else {
      lines.push(`+${after[j]}`)
      j += 1
    }
  }
  return lines
}

/** Length of the longest common subsequence of what follows each pair of lines. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1
  const common = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const next = common[(i + 1) * width + j + 1] ?? 0
      const skip = Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0)
      common[i * width + j] = before[i] === after[j] ? next + 1 : skip
    }
  }
  return common
}

/** Differences of whole sections by their headers, which stand at the margin. */
export function sectionDiff(
  before: readonly string[],
  after: readonly string[]
): { readonly header: string; readonly lines: readonly string[] }[] {
  const [old, next] = [byHeader(before), byHeader(after)]
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((header) => {
    const lines = lineDiff(old.get(header) ?? [], next.get(header) ?? [])
    const isListed = old.has(header) && next.has(header)
    const mark = old.has(header) ? '-' : '+'
    if (lines.length === 0 && isListed) return []
    return [{ header: isListed ? header : `${mark}${header}`, lines }]
  })
}

function byHeader(lines: readonly string[]): Map<string, string[]> {
  const sections = new Map<string, string[]>()
  let section: string[] = []
  for (const line of lines) {
    if (line === '') continue
    if (/^\S/.test(line)) {
      section = []
      sections.set(line, section)
    } else section.push(line.trim())
  }
  return sections
}
