import type { Route } from './route.ts'

const HIDDEN = '(hidden)'

/** The route as people and other programs may see it: without the hashes of passwords. */
export function shownRoute(route: Route): Route {
  const { guard } = route
  if (guard?.auth === undefined) return route
  const users = guard.auth.users.map(({ name }) => ({ name, hash: HIDDEN }))
  return { ...route, guard: { ...guard, auth: { ...guard.auth, users } } }
}
