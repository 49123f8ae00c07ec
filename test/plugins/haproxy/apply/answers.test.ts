import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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

/*
 * 2.6 is what tests run against, its answers are recorded. The lines of 2.4, 3.0 and 3.4 are put together
 * from the management guides of those versions: they can't be run here.
 */

const help26 = `The following commands are valid at this level:
  add map [@<ver>] <map> <key> <val>      : add a map entry (payload supported instead of key/val)
  add server <bk>/<srv>                   : create a new server
  commit map @<ver> <map>                 : commit the map at this version
  prepare map <acl>                       : prepare a new version for atomic map replacement
  help [<command>]                        : list matching or all commands
`
const help24 = `The following commands are valid at this level:
  add map [@<ver>] <map> <key> <val>      : add a map entry (payload supported instead of key/val)
  commit map @<ver> <map>                 : commit the map at this version
  prepare map <acl>                       : prepare a new version for atomic map replacement
`
const addServer = '  add server <bk>/<srv>                   : create a new server\n'
const help30 = `${help26}  wait {-h|<delay_ms>} cond [args...]     : wait the specified delay or condition\n`
const help34 = `${help30}  add backend <be> from <defproxy> [...]  : add a new backend\n`

const able = { addServer: true, experimental: false, addBackend: false, mapTransactions: true }
const versions = [
  { name: '2.6', help: help26, experimental: '', can: able },
  {
    name: '2.4, experimental',
    help: help24,
    experimental: help24 + addServer,
    can: { ...able, experimental: true }
  },
  {
    name: '2.2, nothing',
    help: '  show info : report\n',
    experimental: '',
    can: { ...able, addServer: false, mapTransactions: false }
  },
  { name: '3.0', help: help30, experimental: '', can: able },
  { name: '3.4', help: help34, experimental: '', can: { ...able, addBackend: true } }
]

describe('capabilitiesOf', () => {
  for (const { name, help, experimental, can } of versions) {
    test(name, () => {
      assert.deepEqual(capabilitiesOf(`${name}\n\n`, help, experimental), { version: name, ...can })
    })
  }
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

const processes = [
  {
    name: '2.6, one worker',
    text: '#<PID>          <type>          <reloads>       <uptime>        <version>      \n5421            master          0 [failed: 0]   0d00h00m01s     2.6.12\n# workers\n5425            worker          0               0d00h00m01s     2.6.12\n# programs\n\n',
    seen: { master: 5421, worker: 5425, oldWorkers: [], failedReloads: 0 }
  },
  {
    name: '2.6, old workers and a failed reload',
    text: '#<PID>          <type>          <reloads>       <uptime>        <version>      \n5421            master          2 [failed: 1]   0d00h01m26s     2.6.12\n# workers\n8562            worker          1               0d00h00m02s     2.6.12\n# old workers\n5425            worker          2               0d00h01m02s     2.6.12\n# programs\n\n',
    seen: { master: 5421, worker: 8562, oldWorkers: [5425], failedReloads: 1 }
  },
  {
    name: '2.4, with relative pids, without failures',
    text: '#<PID>          <type>          <relative PID>  <reloads>       <uptime>        <version>      \n1162            master          0               5               0d00h02m07s     2.4.0\n# workers\n1271            worker          1               0               0d00h00m00s     2.4.0\n# old workers\n1233            worker          [was: 1]        3               0d00h00m43s     2.4.0\n# programs\n\n',
    seen: { master: 1162, worker: 1271, oldWorkers: [1233], failedReloads: 0 }
  },
  { name: 'a worker’s own socket', text: 'Unknown command.\n', seen: undefined }
]

for (const { name, text, seen } of processes) {
  test(`parseProcesses: ${name}`, () => assert.deepEqual(parseProcesses(text), seen))
}

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
