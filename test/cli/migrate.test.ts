import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd } from '../support/program.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { testCertificate } from '../support/test-certificate.ts'

async function marathonWith(t: TestContext, apps: readonly object[]): Promise<string> {
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  marathon.apps = apps
  return marathon.url
}

function app(id: string, labels: Record<string, string>) {
  const name = id.slice(1)
  const task = {
    id: `${name}.1`,
    appId: id,
    host: '10.0.0.1',
    ports: [31_000],
    state: 'TASK_RUNNING'
  }
  return {
    id,
    labels,
    instances: 1,
    networks: [{ mode: 'host' }],
    portDefinitions: [{ port: 10_001, protocol: 'tcp' }],
    tasks: [task]
  }
}

test('migrate: a cluster that goes on as before is exit code 0', async (t) => {
  const apps = [
    app('/shop', { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'shop.example.com' }),
    app('/other', {})
  ]
  const url = await marathonWith(t, apps)
  const { code, out, err } = await runToEnd(t, ['migrate', '--marathon', url])
  assert.equal(err, '')
  assert.equal(code, 0)
  assert.deepEqual(out.trimEnd().split('\n'), [
    '/shop',
    '  served   shop.example.com/ (1 endpoint)',
    '  changes  service port 10001 is not opened beside its hosts'
  ])
})

test('migrate: what would be missing is told app by app, with exit code 1', async (t) => {
  const url = await marathonWith(t, [
    app('/auth', { HAPROXY_0_VHOST: 'a.example.com', HAPROXY_0_AUTH: 'a:b:plain' }),
    app('/path', { HAPROXY_0_VHOST: 'p.example.com', HAPROXY_0_PATH: '/p' }),
    app('/tcp', { HAPROXY_GROUP: 'external', HAPROXY_0_MODE: 'tcp' }),
    app('/tls', { HAPROXY_0_VHOST: 's.example.com', HAPROXY_0_REDIRECT_TO_HTTPS: 'true' })
  ])
  const { code, out, err } = await runToEnd(t, ['migrate', '--marathon', url, '--json'])
  assert.equal(code, 1)
  assert.equal(err, '3 of 4 apps would not be served as before\n')
  const { apps } = JSON.parse(out) as {
    apps: { app: string; served: string[]; changes: string[]; missing: string[] }[]
  }
  const [auth, path, tcp, tls] = apps
  assert.match(auth?.missing.join() ?? '', /^HAPROXY_0_AUTH: expected a SHA-crypt hash.*closed$/)
  assert.deepEqual(auth?.served, [])
  assert.deepEqual(path?.served, ['p.example.com/p (1 endpoint)'])
  assert.match(path?.changes.join() ?? '', /segment borders/)
  assert.deepEqual(path?.missing, [])
  assert.match(tcp?.missing.join() ?? '', /service port 10001; that takes plane: haproxy/)
  assert.match(tls?.missing.join() ?? '', /no TLS to redirect to/)
})

test('migrate: with service ports in HAPROXY nothing of them is missing', async (t) => {
  const url = await marathonWith(t, [app('/tcp', { HAPROXY_0_MODE: 'tcp' })])
  const { code } = await runToEnd(t, ['migrate', '--marathon', url], {
    env: { GATEWAY_PLANE: 'haproxy', GATEWAY_HAPROXY_SERVICE_PORTS: 'true' }
  })
  assert.equal(code, 0)
})

test('migrate: with service ports it tells what each label of theirs becomes', async (t) => {
  const pem = `${testCertificate.cert}\n${testCertificate.key}\n`
  const folder = await tempFolder(t, { 'shop.pem': pem })
  const url = await marathonWith(t, [
    app('/address', { HAPROXY_0_PORT: '10002', HAPROXY_0_BIND_ADDR: '10.0.0.9' }),
    app('/guarded', {
      HAPROXY_0_PORT: '10003',
      HAPROXY_0_MODE: 'tcp',
      HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: '10.0.0.0/8'
    }),
    app('/low', { HAPROXY_0_PORT: '443' }),
    app('/options', { HAPROXY_0_PORT: '10004', HAPROXY_0_BIND_OPTIONS: 'ssl crt /a' }),
    app('/stolen', { HAPROXY_0_PORT: '10005', HAPROXY_0_SSL_CERT: '/etc/passwd' }),
    app('/tls', { HAPROXY_0_PORT: '10006', HAPROXY_0_SSL_CERT: `${folder}/shop.pem` }),
    app('/twin', { HAPROXY_0_PORT: '10006' }),
    app('/web', { HAPROXY_0_VHOST: 'web.example.com' })
  ])
  const { code, out } = await runToEnd(t, ['migrate', '--marathon', url], {
    env: {
      GATEWAY_PLANE: 'haproxy',
      GATEWAY_HAPROXY_SERVICE_PORTS: 'true',
      GATEWAY_HAPROXY_CERTIFICATES: folder,
      GATEWAY_ROUTING_DOMAINS: 'local'
    }
  })
  assert.equal(code, 1)
  const none = 'the service gets no listener of its own'
  const template = 'templates are not taken; use the settings of the listeners in the configuration'
  assert.deepEqual(out.trimEnd().split('\n'), [
    '/address',
    '  served   address.local/ (1 endpoint)',
    '  served   10.0.0.9:10002 by TCP (1 endpoint)',
    '/guarded',
    '  served   guarded.local/ (1 endpoint)',
    '  changes  HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: it holds for X-Marathon-App-Id and at the service port, too',
    '  missing  its service port 10003 is not opened: a TCP listener would lead past its guards',
    '/low',
    '  served   low.local/ (1 endpoint)',
    `  missing  HAPROXY_0_PORT: its service port 443 is not in haproxy.servicePortRange, 1024-65535; ${none}`,
    '/options',
    '  served   options.local/ (1 endpoint)',
    `  missing  HAPROXY_0_BIND_OPTIONS: ${template}`,
    `  missing  its service port 10004 is not opened: HAPROXY_0_BIND_OPTIONS: ${template}`,
    '/stolen',
    '  served   stolen.local/ (1 endpoint)',
    `  missing  HAPROXY_0_SSL_CERT: the file is neither named in haproxy.certificates nor in a folder named there; ${none}`,
    '/tls',
    '  served   tls.local/ (1 endpoint)',
    '  served   :10006 by TCP over TLS (1 endpoint)',
    '/twin',
    '  served   twin.local/ (1 endpoint)',
    `  missing  HAPROXY_0_PORT: its service port 10006 belongs to /tls; ${none}`,
    '/web',
    '  served   web.example.com/ (1 endpoint)',
    '  served   :10001 by HTTP (1 endpoint)'
  ])
})

test('migrate: a certificate of a service port is missing where none is opened', async (t) => {
  const labels = { HAPROXY_0_VHOST: 'a.example.com', HAPROXY_0_SSL_CERT: '/etc/a.pem' }
  const url = await marathonWith(t, [app('/shop', labels)])
  const { code, out } = await runToEnd(t, ['migrate', '--marathon', url])
  assert.equal(code, 1)
  assert.match(
    out,
    /^ {2}missing {2}HAPROXY_0_SSL_CERT: service port 10001 was reached over TLS; /m
  )
})

test('migrate: of two groups that ask for one host the second is told, with what to do', async (t) => {
  const vhost = (id: string, more: Record<string, string> = {}) =>
    app(id, { HAPROXY_0_VHOST: 'shop.example.com', ...more })
  const hint = 'a routes file (file.path) can lead the host to apps of several groups'
  const refusal = `HAPROXY_0_VHOST: the host shop.example.com belongs to /a/web; this app gets no route there; ${hint}`
  const same = await marathonWith(t, [vhost('/a/web'), vhost('/b/web')])
  const served = await runToEnd(t, ['migrate', '--marathon', same])
  assert.equal(served.code, 0)
  const lines = served.out.split('\n')
  assert.ok(lines.includes(`  changes  ${refusal}`), served.out)
  assert.equal(lines.filter((line) => line.includes('shop.example.com/ ')).length, 1)

  // There, the second one had its own part of the host.
  const apart = await marathonWith(t, [vhost('/a/web'), vhost('/b/web', { HAPROXY_0_PATH: '/b' })])
  const lost = await runToEnd(t, ['migrate', '--marathon', apart])
  assert.equal(lost.code, 1)
  assert.ok(lost.out.split('\n').includes(`  missing  ${refusal}`), lost.out)
})

test('migrate: without Marathon it is a usage error', async (t) => {
  const { code, err } = await runToEnd(t, ['migrate'])
  assert.equal(code, 2)
  assert.match(err, /--marathon/)
})
