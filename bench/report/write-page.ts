import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Comparison } from '../comparison.ts'
import { renderMeasured, replaceMeasured } from './page.ts'
import { plotsOf } from './plots.ts'

const docs = join(import.meta.dirname, '../../docs')

/** Writes docs/benchmarks.md anew, as far as it is measured, and its plots. */
export async function writePage(comparison: Comparison): Promise<string> {
  const plots = plotsOf(comparison)
  const file = join(docs, 'benchmarks.md')
  const page = await readFile(file, 'utf8')
  await mkdir(join(docs, 'benchmarks'), { recursive: true })
  for (const { file: name, svg } of plots) await writeFile(join(docs, 'benchmarks', name), svg)
  await writeFile(file, replaceMeasured(page, renderMeasured(comparison, plots)))
  return `docs/benchmarks.md and ${plots.length} plots were written`
}
