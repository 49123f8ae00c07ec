import type { Fields } from '../../src/plugins/haproxy/agreement/field-sets.ts'
import type { StagedApp } from './agreement-stage.ts'

/** 1000 rounds, so that a comparison of thousands of requests takes no minutes. */
const HASH = '$5$rounds=1000$xy.z/$HryG8.mzB4PnW2bd9.5ugA2t37k0Ll4vlnhTz9W97e9'
const RIGHT = `Basic ${Buffer.from('ann:pässwörd').toString('base64')}`
const WRONG = `Basic ${Buffer.from('ann:password').toString('base64')}`
const AUTH = { 'gateway.auth': `shop:ann:${HASH} shop:bob:${HASH}` }
const HTTPS = { 'gateway.https': 'redirect' }
/** Of the test’s own connections, and of two clients that a proxy speaks for. */
const NETWORKS = { 'gateway.networks': '127.0.0.0/8, 203.0.113.0/24, 2001:db8::/32' }
const HSTS = { 'gateway.hsts': '60' }
const PASS = 'HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH'
const REVERSE = 'HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH'
const REDIRECT = 'HAPROXY_0_HTTP_BACKEND_REDIR'

/** Each guard and each rewriting alone, and several together. */
export const guardedApps: readonly StagedApp[] = [
  app('/near', NETWORKS),
  app('/far', { 'gateway.networks': '203.0.113.0/24 ::/0' }),
  app('/nobody', { 'gateway.networks': '192.0.2.0/30' }),
  app('/any4', { 'gateway.networks': '0.0.0.0/0' }),
  app('/secret', AUTH),
  app('/secret-empty', AUTH, 0),
  app('/secure', HTTPS),
  app('/hsts', HSTS),
  app('/all', { ...NETWORKS, ...HTTPS, ...AUTH, ...HSTS }),
  app('/all-below', {
    ...{ ...NETWORKS, ...AUTH, ...HSTS },
    ...{ 'gateway.hosts': 'below.test', 'gateway.path': '/below', 'gateway.path.strip': 'true' }
  }),
  app('/rewritten', {
    ...{ HAPROXY_0_VHOST: 'lb.test,www.lb.test', [PASS]: '/app', [REVERSE]: '/app' },
    [REDIRECT]: '/app/?from=%2F'
  }),
  app('/host', { HAPROXY_0_VHOST: 'host.test', [PASS]: '/' }),
  app('/utf8', { HAPROXY_0_VHOST: 'utf8.test', [PASS]: '/größe/x', [REVERSE]: '/größe' }),
  app('/passed', { HAPROXY_0_VHOST: 'passed.test', HAPROXY_0_PATH: '/app', [PASS]: '/app' }),
  app('/moved', { HAPROXY_0_VHOST: 'moved.test', [REDIRECT]: '/elsewhere', ...AUTH }),
  app('/moved-empty', { HAPROXY_0_VHOST: 'moved-empty.test', [REDIRECT]: '/elsewhere' }, 0)
]

/** What guards and rewritings look at: credentials, what proxies say, what tasks answer. */
export const guardedFields: readonly Fields[] = [
  [['Authorization', RIGHT]],
  [
    ['authorization', RIGHT.replace('Basic', 'BASIC ')],
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-Proto', 'https']
  ],
  [['Authorization', WRONG]],
  [['Authorization', RIGHT.slice(4)]],
  [
    ['Authorization', RIGHT],
    ['Authorization', RIGHT]
  ],
  [
    ['Authorization', RIGHT],
    ['Authorization', WRONG]
  ],
  [
    ['X-Forwarded-For', '198.51.100.1, 203.0.113.9'],
    ['X-Forwarded-Proto', 'HTTPS , https'],
    ['Authorization', RIGHT]
  ],
  [
    ['X-Forwarded-For', '203.0.113.9'],
    ['X-Forwarded-For', '198.51.100.1'],
    ['X-Forwarded-Proto', 'https'],
    ['Authorization', RIGHT]
  ],
  [
    ['X-Forwarded-For', '2001:DB8::9, 127.0.0.1'],
    ['X-Forwarded-Proto', 'https,http'],
    ['Authorization', RIGHT]
  ],
  [
    ['X-Forwarded-For', '2002:cb00:7109::1'],
    ['X-Gateway-Asks-Location', '/x?y#z'],
    ['Authorization', RIGHT]
  ],
  [
    ['X-Forwarded-For', 'unknown'],
    ['X-Gateway-Asks-Location', 'https://WWW.lb.test:8443/x'],
    ['X-Gateway-Asks-Hsts', 'max-age=1; preload']
  ],
  [
    ['X-Forwarded-For', '203.0.113.9:1234'],
    ['X-Gateway-Asks-Location', 'http://lb.test/app/x'],
    ['Authorization', RIGHT]
  ],
  [
    ['X-Forwarded-For', '::ffff:203.0.113.9'],
    ['X-Gateway-Asks-Location', '//lb.test/x'],
    ['X-Forwarded-Proto', '']
  ],
  [
    ['X-Gateway-Asks-Location', 'http://other.test/x'],
    ['X-Gateway-Asks-Hsts', 'max-age=1'],
    ['X-Forwarded-Proto', 'https']
  ]
]

function app(id: string, labels: Readonly<Record<string, string>>, tasks = 1): StagedApp {
  return { id, labels, tasks }
}
