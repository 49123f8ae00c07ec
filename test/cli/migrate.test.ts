import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd } from '../support/program.ts'

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

test('migrate: without Marathon it is a usage error', async (t) => {
  const { code, err } = await runToEnd(t, ['migrate'])
  assert.equal(code, 2)
  assert.match(err, /--marathon/)
})
