import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  parseBackupServers,
  parseMap,
  parseProcesses,
  parseServersState
} from '../../../../src/plugins/haproxy/apply/answers.ts'
import { capabilitiesOf } from '../../../../src/plugins/haproxy/apply/capabilities.ts'
import {
  answersOf,
  RuntimeSocketError
} from '../../../../src/plugins/haproxy/apply/runtime-socket.ts'

/* What versions of HAProxy really say is in `recorded.test.ts`; here is what none of them said. */

test('capabilitiesOf: an HAProxy that can do nothing at run time', () => {
  assert.deepEqual(capabilitiesOf('2.2.9\n\n', '  show info : report\n', ''), {
    version: '2.2.9',
    addServer: false,
    experimental: false,
    addBackend: false,
    mapTransactions: false
  })
})

test('parseServersState: columns by name, an empty backend, other columns first', () => {
  const head =
    '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port\n'
  const rows = '3 app 1 s1 127.0.0.1 2 0 50 100 17201\n3 app 2 s2 ::1 0 1 1 1 80\n\n'
  assert.deepEqual(parseServersState(head + rows).get('app'), [
    { name: 's1', address: '127.0.0.1', port: 17_201, weight: 50, ready: true },
    { name: 's2', address: '::1', port: 80, weight: 1, ready: false }
  ])
  assert.equal(parseServersState(`${head}\n`).size, 0)
  assert.equal(parseServersState('').size, 0)
})

test('parseBackupServers: by the column `bck`', () => {
  const text = '# pxname,svname,weight,act,bck,\napp,a,100,1,0,\napp,r-b,100,0,1,\n\n'
  assert.deepEqual([...parseBackupServers(text)], ['app/r-b'])
})

test('parseMap: entries; none; no such map', () => {
  assert.deepEqual(
    parseMap('0x55c1 b.test app\n0x55c2 c.test/x(1) app2\n\n'),
    new Map([
      ['b.test', 'app'],
      ['c.test/x(1)', 'app2']
    ])
  )
  assert.deepEqual(parseMap('\n'), new Map())
  assert.equal(parseMap('Unknown map identifier. Please use #<id> or <file>.\n'), undefined)
})

test('parseProcesses: a worker’s own socket', () => {
  assert.equal(parseProcesses('Unknown command.\n'), undefined)
})

test('parseProcesses: no worker while a reload fails', () => {
  const text =
    '#<PID>          <type>          <reloads>       <uptime>        <version>      \n5421            master          2 [failed: 1]   0d00h01m26s     2.6.12\n# workers\n# old workers\n5425            worker          2               0d00h01m02s     2.6.12\n# programs\n\n'
  assert.deepEqual(parseProcesses(text), { master: 5421, oldWorkers: [5425], failedReloads: 1 })
})

test('answersOf: one for each command, whatever newlines HAProxy adds', () => {
  const text =
    '\n> New server registered.\n\n> \n> Server deleted.\n> + + \n> New version created: 1\n\n> '
  assert.deepEqual(answersOf(text, 5, 's'), [
    'New server registered.',
    '',
    'Server deleted.',
    '',
    'New version created: 1'
  ])
  assert.throws(() => answersOf(text, 6, 's'), RuntimeSocketError)
})
