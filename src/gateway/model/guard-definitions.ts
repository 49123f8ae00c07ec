import { parseAuth, parseHsts, parseHttps, parseNetworks } from './guard-values.ts'
import type { LabelDefinition } from './label-definitions.ts'
import type { BasicAuth, Guard } from './route.ts'

export interface GuardValues {
  readonly networks: readonly string[]
  readonly auth: BasicAuth
  readonly https: NonNullable<Guard['https']>
  readonly hsts: number
}

export const CLOSES = 'A problem is reported and the routes are closed: 503 GW_GUARD_INVALID.'

/** Labels about who may enter, and how. */
export const guardDefinitions: {
  readonly [Key in keyof GuardValues]: LabelDefinition<GuardValues[Key]>
} = {
  networks: {
    meaning:
      'Clients that may enter, by address; all others get 403 GW_FORBIDDEN. Behind proxies of `proxy.trustedProxies` the address is the one that they tell.',
    values: 'addresses and networks, separated by commas or white space, up to 256',
    default: 'every client',
    example: '"gateway.networks": "10.0.0.0/8, 2001:db8::/32"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseNetworks
  },
  auth: {
    meaning:
      'Users that may enter, by name and password (basic authentication); all others get 401 GW_UNAUTHORIZED. The task sees the header `Authorization`, too. Passwords are SHA-crypt hashes, as `mkpasswd -m sha-512` makes them, of at most 100000 rounds.',
    values:
      '`realm:user:hash`, or several of them with the same realm, separated by commas or white space, up to 100',
    default: 'everybody may enter',
    example: '"gateway.auth": "shop:ann:$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseAuth
  },
  https: {
    meaning:
      'What becomes of requests that did not come over TLS: `redirect` sends them to the same address with `https:`. A plane without TLS answers them with 503 GW_GUARD_INVALID instead.',
    values: '`redirect`',
    default: 'they are served',
    example: '"gateway.https": "redirect"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseHttps
  },
  hsts: {
    meaning:
      'Seconds for which browsers shall use nothing but TLS for the host (`Strict-Transport-Security: max-age=…`), in place of what the task says. Sent in answers over TLS only.',
    values: 'a whole number of seconds from 0 to 63072000, two years',
    default: 'what the task says',
    example: '"gateway.hsts": "15768000"',
    whenWrong: CLOSES,
    scope: 'inherited',
    protective: true,
    parse: parseHsts
  }
}
