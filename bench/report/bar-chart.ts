import type { Spread } from '../statistics.ts'
import { grouped } from './text-table.ts'

export interface Bar {
  readonly label: string
  readonly value: Spread
  /** Drawn as ours. */
  readonly isOwn: boolean
}

export interface BarChart {
  readonly title: string
  /** What the bars measure, and which end is the better one. */
  readonly unit: string
  readonly bars: readonly Bar[]
  digits(value: number): number
}

const WIDTH = 760
const LABEL = 200
const VALUE = 80
const ROW = 30
const TOP = 66

/** Horizontal bars from zero, the spread of rounds as a line; colours suit light and dark pages. */
export function renderBarChart({ title, unit, bars, digits }: BarChart): string {
  const most = Math.max(...bars.map(({ value }) => value.max), 0)
  const scale = most === 0 ? 0 : (WIDTH - LABEL - VALUE) / most
  const height = TOP + bars.length * ROW + 14
  const rows = bars.map((bar, at) => renderBar(bar, TOP + at * ROW, scale, digits))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeXml(title)}: ${escapeXml(summary(bars, digits))}">
<style>
text{font:14px system-ui,sans-serif;fill:#1f2933}.title{font-size:16px;font-weight:600}.unit{font-size:12.5px;fill:#52606d}
.other{fill:#b8c4d0}.own{fill:#3b82c4}.name{text-anchor:end}.ours{font-weight:600}.axis{stroke:#9aa5b1}.spread{stroke:#1f2933;stroke-width:1.4}
@media (prefers-color-scheme:dark){text{fill:#e4e7eb}.unit{fill:#9aa5b1}.other{fill:#52606d}.spread{stroke:#e4e7eb}}
</style>
<text class="title" x="14" y="26">${escapeXml(title)}</text>
<text class="unit" x="14" y="46">${escapeXml(unit)}</text>
${rows.join('\n')}
<path class="axis" d="M${LABEL} ${TOP - 6}V${height - 10}"/>
</svg>
`
}

function renderBar(bar: Bar, y: number, scale: number, digits: BarChart['digits']): string {
  const { label, value, isOwn } = bar
  const end = (length: number) => round(LABEL + length * scale)
  const middle = y + 11
  const spread = `M${end(value.min)} ${middle}H${end(value.max)}`
  return [
    `<text class="name${isOwn ? ' ours' : ''}" x="${LABEL - 10}" y="${y + 16}">${escapeXml(label)}</text>`,
    `<rect class="${isOwn ? 'own' : 'other'}" x="${LABEL}" y="${y}" width="${round(value.median * scale)}" height="22" rx="2"/>`,
    `<path class="spread" d="${spread}"/>`,
    `<text x="${round(end(Math.max(value.max, value.median)) + 8)}" y="${y + 16}">${numberOf(value.median, digits)}</text>`
  ].join('\n')
}

function summary(bars: readonly Bar[], digits: BarChart['digits']): string {
  return bars.map(({ label, value }) => `${label} ${numberOf(value.median, digits)}`).join(', ')
}

function numberOf(value: number, digits: BarChart['digits']): string {
  return grouped(value.toFixed(digits(value)))
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
