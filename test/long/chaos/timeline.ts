import type { Deed, RunRecord, Second } from './run-record.ts'

const WIDTH = 1200
const LEFT = 80
const RIGHT = 20
const PLOT = WIDTH - LEFT - RIGHT
const LANE = 90
const GAP = 26
const TOP = 58
/** More would be thinner than a pixel. */
const MOST_STEPS = 360

const BANDS: Readonly<Record<string, string>> = {
  'Marathon away': '#f3d2d2',
  'stream silent': '#efe3c8',
  'agent lost': '#d9534f',
  'new leader': '#6f42c1'
}

interface Lane {
  readonly title: string
  readonly colour: string
  /** Of the seconds of one step. */
  readonly value: (seconds: readonly Second[]) => number
  readonly digits?: number
}

const LANES: readonly Lane[] = [
  {
    title: 'requests/s',
    colour: '#2f6f9f',
    value: (all) => sumOf(all, ({ requests }) => requests) / all.length
  },
  {
    title: 'p99, ms',
    colour: '#5a8f5a',
    value: (all) => Math.max(...all.map(({ p99 }) => p99))
  },
  {
    title: 'tasks started or ended/s',
    colour: '#8a6d3b',
    value: (all) => sumOf(all, ({ changes }) => changes) / all.length,
    digits: 1
  },
  {
    title: 'failed, excused',
    colour: '#e0a030',
    value: (all) => sumOf(all, ({ excused }) => excused)
  },
  {
    title: 'failed, without an excuse',
    colour: '#c9302c',
    value: (all) => sumOf(all, ({ failures, excused }) => failures - excused)
  }
]

/** A picture of a run, SVG: what went on, and what clients had of it. */
export function timelineSvg(record: RunRecord): string {
  const { timeline, deeds, seconds, made } = record
  const total = Object.values(record.requests).reduce((sum, count) => sum + count, 0)
  const bare = timeline.reduce((sum, one) => sum + one.failures - one.excused, 0)
  const excused = timeline.reduce((sum, one) => sum + one.excused, 0)
  const steps = stepsOf(timeline)
  const height = TOP + LANES.length * (LANE + GAP) + 34
  const bottom = height - 34
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="16">${made} changes under ${total} requests in ${Math.round(seconds)} s: ${bare} failed without an excuse, ${excused} with the task they were at</text>`,
    legend(),
    ...deeds.map((deed) => band(deed, seconds, bottom)),
    ...LANES.map((lane, at) => laneSvg(lane, steps, TOP + at * (LANE + GAP) + GAP)),
    ...axis(seconds, bottom),
    '</svg>'
  ].join('\n')
}

function stepsOf(timeline: readonly Second[]): (readonly Second[])[] {
  const size = Math.max(1, Math.ceil(timeline.length / MOST_STEPS))
  return Array.from({ length: Math.ceil(timeline.length / size) }, (_, at) =>
    timeline.slice(at * size, (at + 1) * size)
  )
}

function laneSvg(
  { title, colour, value, digits = 0 }: Lane,
  steps: readonly (readonly Second[])[],
  y: number
): string {
  const values = steps.map(value)
  const most = Math.max(...values, 10 ** -digits)
  const width = PLOT / Math.max(1, steps.length)
  const bars = values.map((one, at) => {
    const height = (one / most) * LANE
    const x = (LEFT + at * width).toFixed(1)
    return one === 0
      ? ''
      : `<rect x="${x}" y="${(y + LANE - height).toFixed(1)}" width="${Math.max(width, 0.7).toFixed(2)}" height="${height.toFixed(1)}"/>`
  })
  return [
    `<text x="${LEFT}" y="${y - 6}" fill="#333">${title}</text>`,
    `<text x="${LEFT - 8}" y="${y + 10}" text-anchor="end" fill="#666">${most.toFixed(digits)}</text>`,
    `<line x1="${LEFT}" x2="${LEFT + PLOT}" y1="${y + LANE}" y2="${y + LANE}" stroke="#bbb"/>`,
    `<g fill="${colour}">${bars.join('')}</g>`
  ].join('\n')
}

/** What concerns the whole cluster stands behind all lanes. */
function band({ deed, what, from, to = from }: Deed, seconds: number, bottom: number): string {
  const colour = BANDS[deed]
  if (colour === undefined || what === 'spared') return ''
  const x = LEFT + (from / seconds) * PLOT
  const width = Math.max(1, ((to - from) / seconds) * PLOT)
  return `<rect x="${x.toFixed(1)}" y="${TOP}" width="${width.toFixed(1)}" height="${bottom - TOP}" fill="${colour}" opacity="0.6"><title>${deed} ${what}</title></rect>`
}

function legend(): string {
  return Object.entries(BANDS)
    .map(
      ([name, colour], at) =>
        `<rect x="${LEFT + at * 140}" y="34" width="12" height="12" fill="${colour}"/><text x="${LEFT + at * 140 + 18}" y="44" fill="#333">${name}</text>`
    )
    .join('')
}

function axis(seconds: number, bottom: number): string[] {
  const unit = seconds > 600 ? 60 : 1
  const step = [1, 2, 5, 10, 20, 30, 60].find((one) => seconds / unit / one <= 14) ?? 60
  const count = Math.floor(seconds / unit / step)
  return Array.from({ length: count + 1 }, (_, at) => {
    const x = LEFT + ((at * step * unit) / seconds) * PLOT
    return `<text x="${x.toFixed(1)}" y="${bottom + 20}" text-anchor="middle" fill="#666">${at * step}${unit === 60 ? ' min' : ' s'}</text>`
  })
}

function sumOf(all: readonly Second[], value: (second: Second) => number): number {
  return all.reduce((sum, one) => sum + value(one), 0)
}
