import { isFieldValue, isToken, isWritableTarget } from '../../gateway/http/grammar.ts'
import type { OutgoingHead } from '../../gateway/plugin.ts'

/** The head as hooks may change it; `flat` is what is forwarded in the end. */
export class HookedHead implements OutgoingHead {
  readonly method: string
  #target: string
  #flat: string[]

  constructor(method: string, target: string, rawHeaders: readonly string[]) {
    this.method = method
    this.#target = target
    this.#flat = [...rawHeaders]
  }

  /** Flat: name, value, name, value. */
  get flat(): readonly string[] {
    return this.#flat
  }

  get target(): string {
    return this.#target
  }

  /** @throws TypeError when it can't be a request target in origin form (RFC 9112 §3.2.1) */
  set target(target: string) {
    if (!target.startsWith('/') || !isWritableTarget(target)) {
      throw new TypeError(
        `${JSON.stringify(target)} is no request target: a path from its slash on`
      )
    }
    this.#target = target
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase()
    const values = this.#flat.filter((_, i, all) => i % 2 === 1 && isNamed(all[i - 1], lower))
    return values.length === 0 ? undefined : values.join(', ')
  }

  /** @throws TypeError when name or value can't stand in a head (RFC 9110 §5.1, §5.5) */
  set(name: string, value: string): void {
    if (!isToken(name)) throw new TypeError(`${JSON.stringify(name)} is no header name`)
    if (!isFieldValue(value)) {
      throw new TypeError(`the value of ${name} holds characters that a header can't`)
    }
    this.remove(name)
    this.#flat.push(name, value)
  }

  remove(name: string): void {
    const lower = name.toLowerCase()
    const all = this.#flat
    this.#flat = all.filter((_, i) => !isNamed(all[i - (i % 2)], lower))
  }
}

function isNamed(name: string | undefined, lower: string): boolean {
  return name !== undefined && name.length === lower.length && name.toLowerCase() === lower
}
