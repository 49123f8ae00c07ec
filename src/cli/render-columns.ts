const GAP = '  '

/** Rows as aligned columns; the last column is not padded. Control characters become `?`. */
export function renderColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const clean = rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}/gu, '?')))
  const widths = clean.reduce<number[]>(
    (most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)),
    []
  )
  return clean.map((row) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join(GAP)
  )
}
