import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** How often each POST was read by a task, from the records that tasks leave behind. */
export class PostCounts {
  readonly #folder: string
  readonly #counts = new Map<string, Uint8Array>()
  /** Ids that were read more than once. */
  readonly repeated: string[] = []
  total = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The process of a task that runs. */
  processOf(task: string): number | undefined {
    const [first = ''] = this.#read(task).split('\n', 1)
    return first.startsWith('pid ') ? Number(first.slice(4)) : undefined
  }

  /** Takes over what a task that has ended has written; its record is gone then. */
  collect(task: string): void {
    const lines = this.#read(task).split('\n')
    rmSync(join(this.#folder, task), { force: true })
    for (const id of lines) if (/^\d+-\d+$/.test(id)) this.#count(id)
  }

  /** @returns how often tasks that have ended have read it */
  of(id: string): number {
    const [process = '', number] = id.split('-')
    return this.#counts.get(process)?.[Number(number)] ?? 0
  }

  #count(id: string): void {
    const [process = '', digits] = id.split('-')
    const number = Number(digits)
    let counts = this.#counts.get(process) ?? new Uint8Array(1 << 16)
    if (number >= counts.length) {
      const larger = new Uint8Array(2 ** Math.ceil(Math.log2(number + 1)))
      larger.set(counts)
      counts = larger
    }
    this.#counts.set(process, counts)
    counts[number] = (counts[number] ?? 0) + 1
    this.total += 1
    if (counts[number] === 2) this.repeated.push(id)
  }

  #read(task: string): string {
    try {
      return readFileSync(join(this.#folder, task), 'utf8')
    } catch {
      return ''
    }
  }
}
