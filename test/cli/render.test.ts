import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd } from '../support/program.ts'
import { noHaproxy } from '../support/rendered-haproxy.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { testCertificate } from '../support/test-certificate.ts'

const APP = {
  id: '/myapp',
  instances: 1,
  labels: { 'gateway.hosts': 'myapp.test', 'gateway.picker': 'hash:cookie:sid' },
  portDefinitions: [{ port: 10_010, protocol: 'tcp' }],
  tasks: [{ id: 'myapp.1', host: 'localhost', ports: [31_000], state: 'TASK_RUNNING' }]
}

async function marathonWith(t: Parameters<typeof tempFolder>[0], apps: readonly object[]) {
  const marathon = await startFakeMarathon()
  t.after(() => marathon.stop())
  marathon.apps = apps
  return marathon.url
}

test('render haproxy: prints the file, tells what is not portable', async (t) => {
  const url = await marathonWith(t, [APP])
  const { code, out, err } = await runToEnd(t, ['render', 'haproxy', '--marathon', url])
  assert.equal(
    err,
    'not portable: marathon:/myapp:0:myapp.test/: HAProxy hashes no cookies; HAProxy does without\n'
  )
  assert.match(
    out,
    /^ {2}server e-[0-9a-f]{16} (127\.0\.0\.1|\[::1\]):31000 weight 1 maxconn 1024$/m
  )
  assert.match(out, /map_beg\(\/run\/marathon-gateway\/haproxy\/routes\.map\)/)
  assert.equal(code, 0)
})

test('render haproxy --out: writes files that HAProxy takes', async (t) => {
  const url = await marathonWith(t, [APP])
  const cwd = await tempFolder(t)
  const args = ['render', 'haproxy', '--marathon', url, '--out', 'made', '--service-ports']
  const { code, out } = await runToEnd(t, args, { cwd })
  assert.equal(code, 0)
  const folder = join(cwd, 'made')
  assert.deepEqual(readdirSync(folder).sort(), [
    '502.http',
    'apps.map',
    'backends.map',
    'haproxy.cfg',
    'next.map',
    'routes.map'
  ])
  assert.ok(out.includes('haproxy.cfg'))
  assert.equal(readFileSync(join(folder, 'routes.map'), 'utf8'), 'myapp.test/ marathon:myapp:0\n')
  assert.match(
    readFileSync(join(folder, 'haproxy.cfg'), 'utf8'),
    /^frontend gateway\.port\.10010 /m
  )
  if (noHaproxy === undefined) {
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')], {
      encoding: 'utf8'
    })
    assert.equal(status, 0, stderr)
  }
})

test('render haproxy --service-ports: labels choose among the certificates of the configuration', async (t) => {
  const pem = `${testCertificate.cert}\n${testCertificate.key}\n`
  const cwd = await tempFolder(t, { 'certs/shop.pem': pem, 'other.pem': pem })
  const app = (id: string, port: number, labels: Record<string, string>) => ({
    ...APP,
    id,
    labels,
    portDefinitions: [{ port, protocol: 'tcp' }]
  })
  const url = await marathonWith(t, [
    app('/http', 10_011, { HAPROXY_0_VHOST: 'http.test' }),
    app('/low', 10_001, {}),
    app('/other', 10_012, { HAPROXY_0_SSL_CERT: join(cwd, 'other.pem') }),
    app('/tls', 10_013, { HAPROXY_0_SSL_CERT: join(cwd, 'certs/shop.pem') })
  ])
  const args = ['render', 'haproxy', '--marathon', url, '--service-ports']
  const env = {
    GATEWAY_HAPROXY_CERTIFICATES: join(cwd, 'certs'),
    GATEWAY_HAPROXY_SERVICE_PORT_RANGE: '10010-10020'
  }
  const { code, out, err } = await runToEnd(t, args, { cwd, env })
  assert.equal(code, 0)
  assert.deepEqual(
    out.split('\n').filter((line) => line.includes(':100')),
    [
      '  bind :::10011 v4v6 name port.10011 proto h1',
      `  bind :::10013 v4v6 ssl crt ${join(cwd, 'certs/shop.pem')}`
    ]
  )
  assert.match(err, /^problem: \/low: .* is not in haproxy.servicePortRange, 10010-10020/m)
  assert.match(err, /^problem: \/other HAPROXY_0_SSL_CERT: the file is neither named/m)
  assert.equal(err.trimEnd().split('\n').length, 2)
})

for (const range of ['80', '0-80', '2-1', '1-65536', 'a-b']) {
  test(`haproxy.servicePortRange ${range} is refused in one line`, async (t) => {
    const args = ['check', '--haproxy-service-port-range', range]
    const { code, err } = await runToEnd(t, args)
    assert.notEqual(code, 0)
    assert.match(err, /servicePortRange.* must be a range of ports such as 10000-20000/)
  })
}

const refused = [
  { args: ['render', 'nginx'], code: 2, err: /^render knows haproxy only, not "nginx"\n$/ },
  {
    args: ['render', 'haproxy', '--fallback', '/a b', '--marathon'],
    code: 1,
    err: /^haproxy: fallback "\/a b": expected an absolute path .*\n$/
  }
]

for (const { args, code, err } of refused) {
  test(`${args.join(' ')}: one line, exit code ${code}`, async (t) => {
    const url = await marathonWith(t, [])
    const ended = await runToEnd(t, args.at(-1) === '--marathon' ? [...args, url] : args)
    assert.equal(ended.code, code)
    assert.match(ended.err, err)
  })
}
