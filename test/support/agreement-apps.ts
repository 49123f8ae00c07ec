import type { StagedApp } from './agreement-stage.ts'

const strip = { 'gateway.path.strip': 'true' }

/** Sixty apps: each kind of host, path and policy that labels can ask for, several times. */
export const agreementApps: readonly StagedApp[] = [
  ...series(11, (n) => app(`/plain${n}`, {}, (n % 3) + 1)),
  ...series(4, (n) => app(`/group/sub${n}`, {})),
  ...series(6, (n) =>
    app(`/host${n}`, { 'gateway.hosts': `www${n}.example.com, h${n}.test:8080` })
  ),
  ...series(3, (n) => app(`/wild${n}`, { 'gateway.hosts': `*.wild${n}.test` })),
  app('/wild-exact', { 'gateway.hosts': 'known.wild0.test' }),
  app('/wild-path', { 'gateway.hosts': '*.example.com', 'gateway.path': '/wild' }),
  app('/literal', { 'gateway.hosts': '[2001:db8::1], 192.0.2.7' }),
  app('/idn', { 'gateway.hosts': 'bücher.example' }),
  ...series(4, (n) =>
    app(`/path${n}`, { 'gateway.hosts': 'paths.test', 'gateway.path': `/p${n}` }, 2)
  ),
  ...series(3, (n) =>
    app(`/path-deep${n}`, {
      'gateway.hosts': 'paths.test',
      'gateway.path': `/p${n}/deep/er`,
      ...strip
    })
  ),
  app('/path-odd', { 'gateway.hosts': 'paths.test', 'gateway.path': '/%2F/a~b' }),
  app('/path-utf8', { 'gateway.hosts': 'paths.test', 'gateway.path': '/größe', ...strip }),
  app('/path-root', { 'gateway.hosts': 'rooted.test' }),
  app('/path-below', { 'gateway.hosts': 'rooted.test', 'gateway.path': '/api', ...strip }),
  app('/path-below-below', { 'gateway.hosts': 'rooted.test', 'gateway.path': '/api/v1', ...strip }),
  ...series(3, (n) => app(`/any${n}`, { 'gateway.path': `/any${n}`, ...(n === 1 ? strip : {}) })),
  ...series(3, (n) =>
    app(
      `/shares/w${n}`,
      {
        'gateway.service': 'web',
        'gateway.hosts': 'web.test',
        'gateway.weight': `${n}`
      },
      2
    )
  ),
  ...series(2, (n) =>
    app(`/ranked/r${n}`, { 'gateway.hosts': 'ranked.test', 'gateway.priority': `${n}` })
  ),
  ...series(2, (n) => app(`/empty${n}`, {}, 0)),
  app('/empty-path', { 'gateway.hosts': 'rooted.test', 'gateway.path': '/none' }, 0),
  app('/sticky', { 'gateway.sticky': 'true' }, 2),
  app('/hashed', { 'gateway.picker': 'hash:header:x-user' }, 2),
  app('/random', { 'gateway.picker': 'random' }, 2),
  app('/least', { 'gateway.picker': 'least-requests' }, 2),
  app('/no-upgrade', { 'gateway.upgrade': 'none' }),
  app('/wrong-guard', { 'gateway.networks': 'everybody' }),
  app('/wrong-hooks', { 'gateway.hooks': 'no-such-set' }),
  app('/off', { 'gateway.enabled': 'false' }),
  app('/with-networks', { 'gateway.networks': '127.0.0.0/8' })
]

/** Routes of a file beside them: conditions, weights, hosts and paths that labels have, too. */
export const agreementFile = `
routes:
  - { app: /plain0, host: methods.test, methods: [GET, HEAD] }
  - { app: /plain1, host: methods.test, methods: [POST, PUT] }
  - { app: /plain2, host: canary.test, headers: { X-Canary: "1" } }
  - { app: /plain3, host: canary.test }
  - { app: /plain4, host: canary.test, path: /api, methods: [GET], headers: { X-Canary: yes, X-Other: ab-1 }, strip: true }
  - { app: /plain7, host: canary.test, headers: { Accept: "text/html;q=0.9,*/*", X-Words: one two; three } }
  - { app: /plain8, host: canary.test, headers: { User-Agent: known/1.0 } }
  - { app: /plain5, path: /reports, methods: [GET] }
  - { app: /plain6, hosts: ["*.canary.test", rooted.test], path: /file, priority: 5 }
  - { host: shares.test, services: [{ app: /plain0, weight: 1 }, { app: /plain1, weight: 3 }, { app: /plain2, weight: 0 }] }
  - { host: shares.test, path: /empty, services: [{ app: /empty0, weight: 1 }, { app: /plain3, weight: 1 }] }
`

function app(id: string, labels: Readonly<Record<string, string>>, tasks = 1): StagedApp {
  return { id, labels, tasks }
}

function series(count: number, make: (n: number) => StagedApp): StagedApp[] {
  return Array.from({ length: count }, (_, n) => make(n))
}
