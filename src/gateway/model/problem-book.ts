import type { Problem } from './problem.ts'

/** What is wrong, by the part of the compilation that found it. */
export class ProblemBook {
  readonly #byPart = new Map<string, readonly Problem[]>()
  readonly #texts = new WeakMap<Problem, string>()
  #all: readonly Problem[] | undefined

  /** Replaces what the part found before. */
  set(part: string, problems: readonly Problem[]): void {
    const before = this.#byPart.get(part)
    if (problems.length === 0 && before === undefined) return
    this.#all = undefined
    if (problems.length === 0) this.#byPart.delete(part)
    else this.#byPart.set(part, problems)
  }

  /** Without repeats: what is wrong with an entry of several hosts is wrong once. The same array while nothing changes. */
  get all(): readonly Problem[] {
    if (this.#all === undefined) {
      const byText = new Map<string, Problem>()
      for (const problems of this.#byPart.values()) {
        for (const problem of problems) byText.set(this.#textOf(problem), problem)
      }
      this.#all = [...byText.values()]
    }
    return this.#all
  }

  #textOf(problem: Problem): string {
    const known = this.#texts.get(problem)
    if (known !== undefined) return known
    const text = JSON.stringify(problem)
    this.#texts.set(problem, text)
    return text
  }
}
