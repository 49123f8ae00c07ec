import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hostFacts } from './host-facts.ts'
import { figuresOf, isMissed, renderFigures } from './large-cluster/figures.ts'
import { measure } from './large-cluster/measure.ts'
import { pageOf } from './large-cluster/page.ts'
import { OWN_PROGRAM } from './peers/gateway.ts'
import { readWords, wholeNumber } from './read-words.ts'

const HELP = `What a large cluster costs: how long the event loop is held, how fast a change is there.

  npm run bench:cluster -- [--quick] [--apps N] [--tasks N] [--changes N] [--json FILE] [--page] [--profile FOLDER]

Plays Marathon with a generated cluster in a process of its own, and runs the built gateway with a
probe in it. Ends with 1 when a promise isn't kept.
`

const { values } = readWords(HELP, {
  options: {
    quick: { type: 'boolean', default: false },
    apps: { type: 'string' },
    tasks: { type: 'string', default: '10' },
    changes: { type: 'string' },
    json: { type: 'string' },
    page: { type: 'boolean', default: false },
    profile: { type: 'string' }
  }
})
const LARGEST = 1_000_000
const size = {
  apps: wholeNumber('--apps', values.apps ?? (values.quick ? '1000' : '10000'), 1, LARGEST),
  tasksPerApp: wholeNumber('--tasks', values.tasks, 1, LARGEST)
}
const changes = wholeNumber('--changes', values.changes ?? (values.quick ? '3' : '15'), 1, LARGEST)
const flags = values.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', values.profile]
const host = hostFacts(false)
const folder = await mkdtemp(join(tmpdir(), 'large-cluster-'))
try {
  const plan = { size, changes, folder, program: OWN_PROGRAM, flags }
  const measured = await measure(plan, (text) => console.error(text))
  const lines = figuresOf(measured)
  const title = `${size.apps} apps, ${measured.tasks} tasks, an answer of ${(measured.answerBytes / 1e6).toFixed(0)} MB`
  console.log(`${title}\n\n${renderFigures(lines)}`)
  if (values.json !== undefined) {
    await writeFile(
      values.json,
      `${JSON.stringify({ host, size, lines, measured }, undefined, 1)}\n`
    )
  }
  if (values.page) {
    const file = join(import.meta.dirname, '../docs/large-clusters.md')
    await writeFile(file, await pageOf(file, { host, title, lines }))
  }
  if (lines.some(isMissed)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}
