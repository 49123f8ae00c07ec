import type { OutgoingHead } from '../../gateway/plugin.ts'

/** The head as hooks may change it; `flat` is what is forwarded in the end. */
export class HookedHead implements OutgoingHead {
  readonly method: string
  target: string
  #flat: string[]

  constructor(method: string, target: string, rawHeaders: readonly string[]) {
    this.method = method
    this.target = target
    this.#flat = [...rawHeaders]
  }

  /** Flat: name, value, name, value. */
  get flat(): readonly string[] {
    return this.#flat
  }

  get(name: string): string | undefined {
    const lower = name.toLowerCase()
    const values = this.#flat.filter((_, i, all) => i % 2 === 1 && isNamed(all[i - 1], lower))
    return values.length === 0 ? undefined : values.join(', ')
  }

  /** @throws TypeError when name or value can't stand in a head (RFC 9110 §5.1, §5.5) */
  set(name: string, value: string): void {
    if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
      throw new TypeError(`${JSON.stringify(name)} is no header name`)
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
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
