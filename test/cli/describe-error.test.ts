import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeError } from '../../src/cli/describe-error.ts'

const ports = [
  { port: 80, option: '--port (proxy.port)' },
  { port: 9090, option: '--admin-port (admin.port)' },
  { port: 9090, option: '--health-listen (health.listen)' }
]

const listenError = (code: string, port: number) =>
  Object.assign(new Error(`listen ${code}`), { code, port, address: '192.0.2.1' })

const cases = [
  [listenError('EADDRINUSE', 80), 'port 80 is taken: choose another with --port (proxy.port)'],
  [
    listenError('EADDRINUSE', 9090),
    'port 9090 is taken: choose another with --admin-port (admin.port) or --health-listen (health.listen)'
  ],
  [listenError('EADDRINUSE', 81), 'port 81 is taken: choose another'],
  [
    listenError('EACCES', 80),
    'port 80 may not be opened by this user: choose another with --port (proxy.port), or allow it with: sudo setcap cap_net_bind_service=+ep "$(command -v node)"'
  ],
  [listenError('EADDRNOTAVAIL', 80), '192.0.2.1 is no address of this machine'],
  [new Error('one line\nand its details'), 'one line'],
  ['thrown by a stranger', 'thrown by a stranger']
] as const

for (const [error, line] of cases) {
  test(`describeError: ${line}`, () => assert.deepEqual(describeError(error, ports), [line]))
}
