import { conditionsOf, type HostClass } from '../../../gateway/model/host-index.ts'
import type { Route } from '../../../gateway/model/route.ts'
import { type BackendBook, FALLBACK_BACKEND } from './backends.ts'
import { shortHash } from './names.ts'
import { conditionWords } from './portable.ts'
import { isProtected } from './protections.ts'

/** A place where the route depends on method or headers: a name in the map, and rules that decide. */
export interface Choice {
  readonly name: string
  /** In the order in which they are tried; the last one may be without conditions. */
  readonly branches: readonly Branch[]
}

interface Branch {
  readonly when: readonly string[]
  readonly backend: string
  /** Lines that guard what it leads to. */
  readonly guards: readonly string[]
}

/** Begins the names of choices, and no name of a backend. */
const CHOICE_MARK = '?'

/** What the map says at one path of a host: a backend, or a choice. */
export function targetAt(own: HostClass, path: string, book: BackendBook): string | Choice {
  const chain = chainAt(own, path)
  const [first] = chain
  if (chain.length === 1 && first !== undefined && conditionsOf(first) === 0) {
    return book.backendOf(first)
  }
  const branches: Branch[] = []
  for (const route of chain) {
    const when = conditionWords(route)
    if (when !== undefined) branches.push(branchTo(route, when, book))
    else if (book.giveUp(route, 'HAProxy can’t be told its conditions', '') === FALLBACK_BACKEND) {
      // The proxy plane knows all the routes of this place.
      return FALLBACK_BACKEND
    }
  }
  return { name: nameOf(`${own.name}${path}`, branches), branches }
}

/** Lines that guard any of its branches. */
export function guardsOf({ branches }: Choice): string[] {
  return [...new Set(branches.flatMap(({ guards }) => guards))]
}

function branchTo(route: Route, when: readonly string[], book: BackendBook): Branch {
  const backend = book.backendOf(route)
  // No section has the name of one that refuses everybody, or hands over, for a line.
  const guards = book.guards.get(backend) ?? (isProtected(route) ? [backend] : [])
  return { when, backend, guards }
}

/** Of its place, and of its guards where it has any: with others it is another choice. */
function nameOf(place: string, branches: readonly Branch[]): string {
  const isOpen = branches.every(({ guards }) => guards.length === 0)
  const guards = isOpen ? '' : JSON.stringify(branches.map(({ when, guards }) => [when, guards]))
  return `${CHOICE_MARK}${shortHash(`${place}${guards}`, 12)}`
}

/** The routes that may take a request at this path: up to the first without conditions. */
function chainAt(own: HostClass, path: string): Route[] {
  const chain: Route[] = []
  for (let at = path; ; at = at.slice(0, Math.max(1, at.lastIndexOf('/')))) {
    for (const route of own.paths.get(at) ?? []) {
      chain.push(route)
      if (conditionsOf(route) === 0) return chain
    }
    if (at === '/') return chain
  }
}

/**
 * Rules that turn the name of a choice into a backend, or into nothing when no branch fits: the next
 * host is asked then.
 */
export function choiceRules({ name, branches }: Choice): string[] {
  const named = `{ var(txn.backend) -m str ${name} }`
  const rules = branches.map(({ when, backend }) =>
    [`http-request set-var(txn.backend) str(${backend}) if`, named, ...when].join(' ')
  )
  const always = branches.at(-1)?.when.length === 0
  return always ? rules : [...rules, `http-request unset-var(txn.backend) if ${named}`]
}
