import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeMarathon } from '../support/fake-marathon.ts'
import { runToEnd } from '../support/program.ts'
import { noHaproxy } from '../support/rendered-haproxy.ts'
import { tempFolder } from '../support/temp-folder.ts'

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
    /^ {2}server e-[0-9a-f]{16} (127\.0\.0\.1|\[::1\]):31000 weight 100 maxconn 1024$/m
  )
  assert.match(out, /map_beg\(\/etc\/haproxy\/gateway\/routes\.map\)/)
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
