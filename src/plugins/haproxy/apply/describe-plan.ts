import { withoutPasswords } from '../hide-passwords.ts'
import type { Differences } from './differences.ts'

const MARKS = { new: '+', gone: '-', changed: '~' } as const

/** Differences as an operator reads them: no passwords, no control characters. */
export function describeDifferences({ backends, maps, structure }: Differences): string[] {
  const lines = [
    ...group('backends', [
      ...backends.flatMap(({ backend, change, how, lines }) => [
        `${MARKS[change]} ${backend}${how === undefined ? '' : ` (takes ${how})`}`,
        ...indented(lines)
      ])
    ]),
    ...maps.flatMap(({ map, lines }) => group(map, lines)),
    ...group(
      'outside of backends',
      structure.flatMap(({ header, lines }) => [header, ...indented(lines)])
    )
  ]
  return lines.map(shown)
}

/** The same data without passwords, for machines. */
export function shownDifferences(differences: Differences): Differences {
  const withLines = <Part extends { readonly lines: readonly string[] }>(part: Part): Part => {
    return { ...part, lines: part.lines.map(shown) }
  }
  return {
    ...differences,
    backends: differences.backends.map(withLines),
    structure: differences.structure.map(withLines)
  }
}

function group(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...indented(lines)]
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

function shown(line: string): string {
  return withoutPasswords(line).replace(/\p{Cc}/gu, '?')
}
