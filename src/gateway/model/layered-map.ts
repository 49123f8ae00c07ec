import type { Steps } from './steps.ts'

const GONE = Symbol('gone')

interface Base<Value> {
  readonly map: ReadonlyMap<string, Value>
  /** Its keys in order, once somebody asked. */
  keys?: readonly string[]
}

type Layer<Value> = ReadonlyMap<string, Value | typeof GONE>

const NO_LAYER: Layer<never> = new Map()
/** A layer may have this share of the map; then both become one. */
const SHARE = 64
const LEAST_LAYER = 64

/**
 * An immutable map whose successors share what did not change: making one costs what changes, not what
 * is in the map. Iterates in order of keys. Values are never undefined.
 */
export class LayeredMap<Value extends NonNullable<unknown>> implements ReadonlyMap<string, Value> {
  readonly #base: Base<Value>
  readonly #layer: Layer<Value>
  readonly size: number

  private constructor(base: Base<Value>, layer: Layer<Value>, size: number) {
    this.#base = base
    this.#layer = layer
    this.size = size
  }

  static of<Value extends NonNullable<unknown>>(
    entries: Iterable<readonly [string, Value]> = []
  ): LayeredMap<Value> {
    const map = new Map(entries)
    return new LayeredMap<Value>({ map }, NO_LAYER, map.size)
  }

  get(key: string): Value | undefined {
    if (this.#layer.size > 0) {
      const value = this.#layer.get(key)
      if (value !== undefined) return value === GONE ? undefined : value
    }
    return this.#base.map.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  /** The map after these changes; undefined removes a key. */
  with(changes: ReadonlyMap<string, Value | undefined>): LayeredMap<Value> {
    if (changes.size === 0) return this
    if (this.#isMany(changes)) return LayeredMap.#flat(this, changes)
    const { map } = this.#base
    const layer = new Map(this.#layer)
    let { size } = this
    for (const [key, value] of changes) {
      size += Number(value !== undefined) - Number(this.has(key))
      if (value !== undefined) layer.set(key, value)
      else if (map.has(key)) layer.set(key, GONE)
      else layer.delete(key)
    }
    return new LayeredMap(this.#base, layer, size)
  }

  /** Too many for a layer. */
  #isMany(changes: ReadonlyMap<string, unknown>): boolean {
    const size = this.#layer.size + changes.size
    return size > Math.max(LEAST_LAYER, this.#base.map.size / SHARE)
  }

  static #flat<Value extends NonNullable<unknown>>(
    from: LayeredMap<Value>,
    changes: ReadonlyMap<string, Value | undefined>
  ): LayeredMap<Value> {
    const map = new Map(from.#base.map)
    for (const layer of [from.#layer, changes]) {
      for (const [key, value] of layer) {
        if (value === undefined || value === GONE) map.delete(key)
        else map.set(key, value)
      }
    }
    return new LayeredMap<Value>({ map }, NO_LAYER, map.size)
  }

  /** The same, entry by entry. */
  *withSteps(changes: ReadonlyMap<string, Value | undefined>): Steps<LayeredMap<Value>> {
    if (!this.#isMany(changes)) return this.with(changes)
    const map = new Map<string, Value>()
    for (const [key, value] of this.inAnyOrder()) {
      if (!changes.has(key)) map.set(key, value)
      yield
    }
    for (const [key, value] of changes) {
      if (value !== undefined) map.set(key, value)
      yield
    }
    return new LayeredMap<Value>({ map }, NO_LAYER, map.size)
  }

  /** Keys under which the two have not the same object: what came, went or was replaced. */
  *changedKeys(next: LayeredMap<Value>): Generator<string, undefined, unknown> {
    if (this.#base === next.#base) {
      for (const key of new Set([...this.#layer.keys(), ...next.#layer.keys()])) {
        if (this.get(key) !== next.get(key)) yield key
      }
      return
    }
    for (const [key, value] of this.inAnyOrder()) if (next.get(key) !== value) yield key
    for (const [key] of next.inAnyOrder()) if (!this.has(key)) yield key
  }

  /** Cheaper than in order. */
  *inAnyOrder(): Generator<readonly [string, Value], undefined, unknown> {
    for (const [key, value] of this.#layer) if (value !== GONE) yield [key, value]
    for (const entry of this.#base.map) if (!this.#layer.has(entry[0])) yield entry
  }

  *keys(): Generator<string, undefined, unknown> {
    const { map } = this.#base
    this.#base.keys ??= [...map.keys()].sort()
    const added = [...this.#layer.keys()].filter((key) => !map.has(key)).sort()
    let at = 0
    for (const key of this.#base.keys) {
      for (let one = added[at]; one !== undefined && one < key; one = added[++at]) yield one
      if (this.has(key)) yield key
    }
    yield* added.slice(at)
  }

  *entries(): Generator<[string, Value], undefined, unknown> {
    for (const key of this.keys()) {
      const value = this.get(key)
      if (value !== undefined) yield [key, value]
    }
  }

  *values(): Generator<Value, undefined, unknown> {
    for (const [, value] of this.entries()) yield value
  }

  [Symbol.iterator](): Generator<[string, Value], undefined, unknown> {
    return this.entries()
  }

  forEach(act: (value: Value, key: string, map: ReadonlyMap<string, Value>) => void): void {
    for (const [key, value] of this) act(value, key, this)
  }
}
