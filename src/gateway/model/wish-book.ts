import type { AppUpdate } from './app-book.ts'
import type { RoutingSettings } from './compile.ts'
import { claimKeyOf } from './holders.ts'
import type { Problem } from './problem.ts'
import type { ProblemBook } from './problem-book.ts'
import type { Steps } from './steps.ts'
import { bundleKey, bundleWishes, type PortPlan, plansOf, type Wish } from './wishes.ts'

interface Bundle {
  readonly plans: readonly PortPlan[]
  readonly wishes: readonly Wish[]
}

const NO_BUNDLE: Bundle = { plans: [], wishes: [] }

/** What the apps want, by what they want: made anew for bundles with an app that changed. */
export class WishBook {
  readonly #problems: ProblemBook
  readonly #plans = new Map<string, readonly PortPlan[]>()
  readonly #bundles = new Map<string, Bundle>()
  readonly #byClaim = new Map<string, Wish[]>()

  constructor(problems: ProblemBook) {
    this.#problems = problems
  }

  /** By claim key: a host, or a path on every host. */
  get byClaim(): ReadonlyMap<string, readonly Wish[]> {
    return this.#byClaim
  }

  /** @returns the claim keys whose wishes are others now */
  *update(updates: readonly AppUpdate[], settings: RoutingSettings): Steps<ReadonlySet<string>> {
    const gone = new Map<string, Set<PortPlan>>()
    const come = new Map<string, PortPlan[]>()
    for (const { source, id, after } of updates) {
      const app = `${source} ${id}`
      for (const plan of this.#plans.get(app) ?? []) {
        const key = bundleKey(plan)
        gone.set(key, (gone.get(key) ?? new Set()).add(plan))
      }
      const problems: Problem[] = []
      const plans = after === undefined ? [] : plansOf(after, settings, problems)
      this.#problems.set(`plans ${app}`, problems)
      if (plans.length === 0) this.#plans.delete(app)
      else this.#plans.set(app, plans)
      for (const plan of plans) addTo(come, bundleKey(plan), plan)
      yield
    }
    const changed = new Set<string>()
    for (const key of new Set([...gone.keys(), ...come.keys()])) {
      const { plans } = this.#bundles.get(key) ?? NO_BUNDLE
      const kept = plans.filter((plan) => gone.get(key)?.has(plan) !== true)
      this.#rebuild(key, [...kept, ...(come.get(key) ?? [])], settings, changed)
      yield
    }
    return changed
  }

  #rebuild(
    key: string,
    plans: readonly PortPlan[],
    settings: RoutingSettings,
    changed: Set<string>
  ): void {
    const before = this.#bundles.get(key) ?? NO_BUNDLE
    const problems: Problem[] = []
    const wishes = bundleWishes(plans, settings, problems)
    this.#problems.set(`bundle ${key}`, problems)
    if (plans.length === 0) this.#bundles.delete(key)
    else this.#bundles.set(key, { plans, wishes })
    this.#replace(before.wishes, wishes, changed)
  }

  #replace(before: readonly Wish[], after: readonly Wish[], changed: Set<string>): void {
    const old = new Set(before)
    for (const claim of new Set(before.map(claimKeyOf))) {
      const kept = (this.#byClaim.get(claim) ?? []).filter((wish) => !old.has(wish))
      if (kept.length === 0) this.#byClaim.delete(claim)
      else this.#byClaim.set(claim, kept)
      changed.add(claim)
    }
    for (const wish of after) {
      const claim = claimKeyOf(wish)
      addTo(this.#byClaim, claim, wish)
      changed.add(claim)
    }
  }
}

function addTo<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
