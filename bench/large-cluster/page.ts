import { readFile } from 'node:fs/promises'
import type { HostFacts } from '../host-facts.ts'
import { type FigureLine, markdownOf } from './figures.ts'

const MARK = '<!-- measured: written by npm run bench:cluster -- --page -->'

export interface PageFacts {
  readonly host: HostFacts
  readonly title: string
  readonly lines: readonly FigureLine[]
}

/** The page with its measured part new. */
export async function pageOf(file: string, { host, title, lines }: PageFacts): Promise<string> {
  const [text = ''] = (await readFile(file, 'utf8')).split(MARK)
  const { processor, cores, memoryGib, system, node, loadBefore } = host
  const date = new Date().toISOString().slice(0, 10)
  const where = `Taken on ${date}: ${processor}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node.slice(1)}; load average ${loadBefore.toFixed(1)} before the run.`
  return `${text}${MARK}\n\n${where} ${title}.\n\n${markdownOf(lines)}\n`
}
