import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '../../../src/gateway/model/compile.ts'
import { addressCheck } from '../../../src/gateway/model/task-addresses.ts'
import { app, compileInput, snapshot, task } from '../../support/apps.ts'

const OWN = [{ hosts: new Set(['127.0.0.1', '::1', 'localhost', '192.0.2.5']), port: 9090 }]

const cases: readonly (readonly [
  host: string,
  port: number,
  networks: string,
  fault: RegExp | undefined
])[] = [
  ['10.0.0.1', 80, '', undefined],
  ['10.0.0.1', 80, '10.0.0.0/8', undefined],
  ['10.0.0.1', 80, '192.0.2.0/24 10.0.0.1', undefined],
  ['11.0.0.1', 80, '10.0.0.0/8', /outside of marathon\.taskNetworks/],
  ['2001:db8::1', 80, '10.0.0.0/8', /outside/],
  ['2001:db8::1', 80, '2001:db8::/32', undefined],
  ['[2001:db8::1]', 80, '2001:db8::/32', undefined],
  ['::ffff:10.0.0.1', 80, '10.0.0.0/8', undefined],
  ['agent-1.example.com', 80, '10.0.0.0/8', undefined],
  ['169.254.169.254', 80, '', /link-local/],
  ['169.254.169.254', 80, '169.254.0.0/16', /link-local/],
  ['::ffff:169.254.169.254', 80, '', /link-local/],
  ['fe80::1', 80, '', /link-local/],
  ['FEBF::1', 80, '', /link-local/],
  ['fec0::1', 80, '', undefined],
  ['0.0.0.0', 80, '', /unspecified/],
  ['::', 80, '', /unspecified/],
  ['2852039166', 80, '', /no address and no name/],
  ['0x7f.1', 80, '', /no address and no name/],
  ['127.1', 80, '', /no address and no name/],
  ['127.0.0.1', 9090, '', /admin side/],
  ['127.9.9.9', 9090, '', /admin side/],
  ['LOCALHOST', 9090, '', /admin side/],
  ['[::1]', 9090, '', /admin side/],
  ['192.0.2.5', 9090, '192.0.2.0/24', /admin side/],
  ['192.0.2.5', 9091, '', undefined],
  ['192.0.2.6', 9090, '', undefined]
]

for (const [host, port, networks, fault] of cases) {
  test(`a task at ${host}:${port}, networks "${networks}": ${fault ?? 'fine'}`, () => {
    const check = addressCheck(networks.split(' ').filter(Boolean), OWN)
    const found = check({ host, port })
    if (fault === undefined) assert.equal(found, undefined)
    else assert.match(found ?? '', fault)
  })
}

test('a task at a forbidden address is a problem, and no endpoint', () => {
  const hosts = ['10.0.0.1', '169.254.169.254', '169.254.1.1', '192.0.2.1']
  const tasks = hosts.map((host, at) => task({ id: `myapp.${at}`, host }))
  const input = compileInput({
    snapshots: [snapshot({ apps: [app({ tasks }), app({ id: '/other' })] })],
    settings: { taskNetworks: ['10.0.0.0/8'] }
  })
  const { data, problems } = compile(input)
  const endpoints = data.services.map(({ endpoints }) => endpoints.map(({ host }) => host))
  assert.deepEqual(endpoints, [['10.0.0.1'], ['10.0.0.1']])
  assert.deepEqual(problems, [
    {
      source: 'marathon',
      app: '/myapp',
      reason:
        'task myapp.1 is at 169.254.169.254:31000, a link-local address; so it is with 2 other tasks: no request goes there'
    }
  ])
})
