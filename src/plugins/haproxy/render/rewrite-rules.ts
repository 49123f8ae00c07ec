import type { Rewrite, Route } from '../../../gateway/model/route.ts'
import { aclLines } from './acl-lines.ts'
import { movedRule } from './own-answers.ts'
import { isHost, isQuotedPath, isQuotedTarget } from './words.ts'

/** Which parts of a rewriting can be said to HAProxy. */
const SAYABLE = {
  host: isHost,
  stripPath: isQuotedPath,
  location: ({ vhosts, path }) => isQuotedPath(path) && vhosts.every(isHost),
  rootRedirect: isQuotedTarget
} satisfies { [Part in keyof Rewrite]-?: (value: NonNullable<Rewrite[Part]>) => boolean }

/** Parts of a route's rewriting that HAProxy can't be told, sorted. */
export function unsayableRewrites({ rewrite = {} }: Pick<Route, 'rewrite'>): string[] {
  const said = sayableRewrite(rewrite)
  return Object.entries(rewrite)
    .flatMap(([part, value]) => (value === undefined || Object.hasOwn(said, part) ? [] : [part]))
    .sort()
}

/** What tells rewritings apart. */
export function rewriteKey({ host, stripPath, location, rootRedirect }: Rewrite): string {
  return JSON.stringify([host, stripPath, location?.path, location?.vhosts, rootRedirect])
}

/** Answers that no task gives. */
export function redirectRules({ rewrite = {} }: Pick<Route, 'rewrite'>): string[] {
  const { rootRedirect } = sayableRewrite(rewrite)
  return rootRedirect === undefined ? [] : [movedRule(literal(rootRedirect), '{ path -m str / }')]
}

/** Changes of a request. */
export function requestRewriteRules({
  strip,
  match,
  rewrite = {}
}: Pick<Route, 'strip' | 'match' | 'rewrite'>): string[] {
  const { host, stripPath } = sayableRewrite(rewrite)
  const below = stripPath === undefined ? '' : ` if ${isBelow('var(txn.path)', stripPath)}`
  return [
    ...(host === undefined ? [] : [`http-request set-header Host ${host}`]),
    ...(strip ? stripRules(match.path, '') : []),
    // What a target with dot segments is below of is for the task to say.
    ...(strip || stripPath === undefined
      ? []
      : stripRules(stripPath, `${below} !{ var(txn.dots) -m found }`))
  ]
}

/** How many segments a path has. */
export function segmentsOf(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1
}

/** By count, as `stripTarget` of `gateway/model/resolve.ts`. */
function stripRules(path: string, condition: string): string[] {
  const segments = segmentsOf(path)
  if (segments === 0) return []
  return [`http-request replace-uri '^(/+[^/?]+){${segments}}/*(.*)$' '/\\2'${condition}`]
}

/** Changes of an answer's `Location`, as `rewriteLocation` of `gateway/model/rewrite.ts`. */
export function locationRules({ rewrite = {} }: Pick<Route, 'rewrite'>): string[] {
  const { location } = sayableRewrite(rewrite)
  if (location === undefined) return []
  const { path, vhosts } = location
  const set = 'http-response set-header Location'
  const own = 'own-place { var(txn.rest) -m beg / } !{ var(txn.rest) -m beg // }'
  const below = isBelow('var(txn.rest),regsub("[?#].*$","")', path)
  return [
    // The host that the answer names, or all of it.
    ...aclLines('own-place', 'var(txn.place) -m str', [...new Set(vhosts)].sort()),
    'acl own-place var(txn.place) -m beg /',
    `http-response set-var(txn.rest) 'res.fhdr(location),regsub("^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]*","")' if { res.fhdr_cnt(location) 1 }`,
    'http-response set-var(txn.place) \'res.fhdr(location),lower,regsub("^https?://([^/?#]*)/.*$","\\1"),regsub(":[0-9]*$","")\'',
    ...(path === '/'
      ? [`${set} %[var(txn.rest)] if ${own}`]
      : [
          `http-response set-var(txn.below) bool(true) if ${below}`,
          `${set} %[var(txn.rest)] if ${own} { var(txn.below) -m found }`,
          `${set} '${literal(path)}%[var(txn.rest)]' if ${own} !{ var(txn.below) -m found }`
        ])
  ]
}

/** At the path, or below it; everything is below `/`. */
function isBelow(sample: string, path: string): string {
  return path === '/' ? '{ always_true }' : `{ '${sample},concat(/)' -m beg '${path}/' }`
}

/** In HAProxy's formats a percent sign begins a variable. */
function literal(text: string): string {
  return text.replaceAll('%', '%%')
}

function sayableRewrite(rewrite: Rewrite): Rewrite {
  const parts = Object.entries(rewrite).filter(([part, value]) => isSayable(part, value))
  return Object.fromEntries(parts)
}

function isSayable(part: string, value: unknown): boolean {
  if (value === undefined || !Object.hasOwn(SAYABLE, part)) return false
  return (SAYABLE[part as keyof typeof SAYABLE] as (value: unknown) => boolean)(value)
}
