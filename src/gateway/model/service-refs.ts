/** How ready-made routes name a port of an app whose source they need not know. */
export interface AppServiceRef {
  readonly app: string
  /** Port index or name; absent: the app's default port. */
  readonly port?: string
  /** Absent: the first source, by name, that knows the app. */
  readonly source?: string
}

const PREFIX = 'app:'

/** `app:/shop/api`, `app:/shop/api#http`, `app:marathon-b/shop/api`. */
export function appServiceRef({ app, port, source }: AppServiceRef): string {
  return `${PREFIX}${source ?? ''}${app}${port === undefined ? '' : `#${port}`}`
}

/** Undefined when the id is that of a service, not of an app. */
export function parseAppServiceRef(id: string): AppServiceRef | undefined {
  const slash = id.indexOf('/')
  if (!id.startsWith(PREFIX) || slash === -1) return undefined
  const source = id.slice(PREFIX.length, slash)
  const hash = id.indexOf('#', slash)
  return {
    app: hash === -1 ? id.slice(slash) : id.slice(slash, hash),
    ...(hash !== -1 && { port: id.slice(hash + 1) }),
    ...(source !== '' && { source })
  }
}
