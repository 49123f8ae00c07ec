import { saidOf } from './app-facts.ts'
import type { Rewrite, Route } from './route.ts'
import type { Wish } from './wishes.ts'

/**
 * What labels of marathon-lb change in requests and answers. The virtual host is the one that this
 * route is for, never a list of them.
 */
export function rewriteOf({ member, host, path, strip }: Wish): Pick<Route, 'strip' | 'rewrite'> {
  const { facts, index } = member
  const own = facts.marathonLb?.ports.get(index)
  if (own === undefined) return { strip }
  const { proxyPassPath, revProxyPath, rootRedirect } = own
  const passes = proxyPassPath !== undefined
  const name = host?.startsWith('*') ? undefined : host
  const vhosts = saidOf(facts, index, 'hosts')?.value ?? []
  const rewrite: Rewrite = {
    ...(passes && name !== undefined && { host: name }),
    ...(passes && proxyPassPath !== path && proxyPassPath !== '/' && { stripPath: proxyPassPath }),
    ...(revProxyPath !== undefined && { location: { vhosts, path: revProxyPath } }),
    ...(rootRedirect !== undefined && { rootRedirect })
  }
  const none = Object.keys(rewrite).length === 0
  return { strip: strip || proxyPassPath === path, ...(!none && { rewrite }) }
}
