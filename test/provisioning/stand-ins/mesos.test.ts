import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Acls,
  type Act,
  allows
} from '../../../provisioning/rehearsal/stand-ins/mesos/acls.ts'
import {
  basicHeader,
  credentialsIn,
  principalOf
} from '../../../provisioning/rehearsal/stand-ins/mesos/credentials.ts'
import { isOn, readFlags } from '../../../provisioning/rehearsal/stand-ins/mesos/flags.ts'
import { zookeeperAddress } from '../../../provisioning/rehearsal/stand-ins/zookeeper/address.ts'

test('flags are read from the line, then from MESOS_ variables', () => {
  const env = { MESOS_PORT: '1', MESOS_QUORUM: '2', MESOS_OF_SOMEBODY: 'x', PATH: '/bin' }
  const flags = readFlags('master', ['--port=5050', '--no-hostname_lookup', '--quiet'], env)
  assert.deepEqual(
    [...flags].sort(),
    [
      ['hostname_lookup', 'false'],
      ['port', '5050'],
      ['quiet', 'true'],
      ['quorum', '2']
    ].sort()
  )
  assert.equal(isOn(flags, 'quiet'), true)
  assert.equal(isOn(flags, 'authenticate_agents'), false)
})

const refused = [
  {
    name: 'a name Mesos does not know',
    words: ['--work_dri=/x'],
    reason: /unknown flag 'work_dri'/
  },
  { name: 'a flag given twice', words: ['--zk=a', '--zk=b'], reason: /'zk' is already loaded/ },
  { name: 'a flag of the other daemon', words: ['--docker=x'], reason: /unknown flag 'docker'/ },
  { name: 'a lone word', words: ['zk=a'], reason: /unknown flag 'zk=a'/ }
]
for (const { name, words, reason } of refused) {
  test(`a master refuses ${name}`, () => {
    assert.throws(() => readFlags('master', words, {}), reason)
  })
}

test('a principal is known by its secret alone', () => {
  const credential = { principal: 'agent', secret: 's3:cret' }
  const known = credentialsIn(JSON.stringify({ credentials: [credential] }), 'file')
  assert.equal(principalOf(basicHeader(credential), known), 'agent')
  assert.equal(principalOf(basicHeader({ ...credential, secret: 's3' }), known), undefined)
  assert.equal(principalOf(undefined, known), undefined)
  assert.throws(() => credentialsIn('{"credentials":[{"principal":"a"}]}', 'file'), /a secret/)
})

const acls: Acls = {
  permissive: false,
  register_agents: [{ principals: { values: ['agent'] }, agents: { type: 'ANY' } }],
  run_tasks: [
    { principals: { values: ['marathon'] }, users: { values: ['root'] } },
    { principals: { type: 'NONE' }, users: { values: ['daemon'] } }
  ]
}
const acts: readonly { act: Act; who: string; key: string; value: string; expected: boolean }[] = [
  { act: 'register_agents', who: 'agent', key: 'agents', value: 'ANY', expected: true },
  { act: 'register_agents', who: 'marathon', key: 'agents', value: 'ANY', expected: false },
  { act: 'run_tasks', who: 'marathon', key: 'users', value: 'root', expected: true },
  { act: 'run_tasks', who: 'marathon', key: 'users', value: 'nobody', expected: false },
  { act: 'run_tasks', who: 'marathon', key: 'users', value: 'daemon', expected: false },
  { act: 'register_frameworks', who: 'marathon', key: 'roles', value: '*', expected: false }
]
for (const { act, who, key, value, expected } of acts) {
  test(`ACLs: ${who} ${expected ? 'may' : 'may not'} ${act} for ${value}`, () => {
    assert.equal(allows(acls, act, who, { key, value }), expected)
  })
}

test('without a rule that fits, ACLs allow unless they say otherwise', () => {
  assert.equal(allows({}, 'run_tasks', 'who', { key: 'users', value: 'root' }), true)
})

test('a ZooKeeper URL gives servers, credentials and path', () => {
  assert.deepEqual(zookeeperAddress('zk://mesos:s-e_c@10.0.0.1:2181,h2:2181/mesos\n'), {
    digest: 'mesos:s-e_c',
    servers: '10.0.0.1:2181,h2:2181',
    path: '/mesos'
  })
  assert.equal(zookeeperAddress('zk://h:1/a').digest, undefined)
  for (const url of ['h:1/a', 'zk://h/a', 'zk://h:1', 'zk://u@h:1/a']) {
    assert.throws(() => zookeeperAddress(url), /is not zk:/)
  }
})
