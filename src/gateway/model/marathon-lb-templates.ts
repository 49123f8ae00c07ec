/**
 * Template labels of marathon-lb: text for haproxy.cfg. Labels never become text of a configuration,
 * so each is refused with the setting that does what it was mostly used for.
 */
const INSTEAD: readonly (readonly [name: RegExp, instead: string])[] = [
  [/NETWORK_ALLOWED_ACL$|ACL_ALLOW_DENY$/, 'gateway.networks'],
  [/AUTH|USERLIST_HEAD/, 'gateway.auth'],
  [/REDIRECT_HTTP_TO_HTTPS/, 'gateway.https'],
  [/HSTS_OPTIONS$/, 'gateway.hsts'],
  [/STICKY_OPTIONS$/, 'gateway.sticky'],
  [/HEALTHCHECK/, 'the health checks of the app in Marathon, or gateway.probe'],
  [/PROXYPASS_GLUE$/, 'gateway.path.strip'],
  [/REVPROXY_GLUE$/, 'HAPROXY_{n}_HTTP_BACKEND_REVPROXY_PATH, or a hook set and gateway.hooks'],
  [/BACKEND_SERVER_OPTIONS$|BACKEND_HEAD$/, 'gateway.picker, gateway.weight and gateway.timeout.*'],
  [/ACL|ROUTING_ONLY/, 'gateway.hosts and gateway.path'],
  [/BIND_OPTIONS$|FRONTEND_HEAD$/, 'the settings of the listeners in the configuration'],
  [/GLUE$|HTTP_OPTIONS$/, 'a hook set and gateway.hooks'],
  [/HEALTHCHECK_PORT_INDEX$/, 'the health checks of the app in Marathon']
]

const NAMES =
  /^(?:(?:MAP_)?HTTPS?_FRONTEND_[A-Z_]+|(?:HTTP_|TCP_)?BACKEND_[A-Z_]+|HTTP_BACKEND_[A-Z_]+|FRONTEND_HEAD|FRONTEND_BACKEND_GLUE|USERLIST_HEAD|BIND_OPTIONS)$/

/** Directives by which a text keeps clients out. */
const KEEPS_OUT = /\b(?:deny|reject|tarpit|silent-drop|auth|http_auth|verify|ca-file|block|src)\b/i

/** What is used in place of a template label; undefined when the name is none. */
export function insteadOfTemplate(name: string): string | undefined {
  if (!NAMES.test(name)) return undefined
  return INSTEAD.find(([pattern]) => pattern.test(name))?.[1] ?? 'gateway.hooks with a hook set'
}

/** Whether the label says how the service port listens: with TLS, it may be. */
export function saysHowToListen(name: string): boolean {
  return name === 'BIND_OPTIONS' || name === 'FRONTEND_HEAD'
}

/** Whether the label may have kept clients out, so that to go on without it could let them in. */
export function maybeProtects(name: string, raw: string): boolean {
  return KEEPS_OUT.test(raw) || /AUTH|USERLIST|NETWORK_ALLOWED|ALLOW_DENY/.test(name)
}
