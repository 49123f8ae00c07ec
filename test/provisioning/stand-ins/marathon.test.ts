import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seatFor, type Taken } from '../../../provisioning/rehearsal/stand-ins/marathon/offers.ts'
import { readSettings } from '../../../provisioning/rehearsal/stand-ins/marathon/settings.ts'
import type { AgentView } from '../../../provisioning/rehearsal/stand-ins/mesos/messages.ts'
import { definitionOf } from '../../../src/local-marathon/definition-input.ts'

const env = {
  MARATHON_MASTER: 'zk://mesos:a@192.0.2.1:2181/mesos',
  MARATHON_ZK: 'zk://marathon:b@192.0.2.1:2181/marathon',
  MARATHON_HOSTNAME: '192.0.2.1',
  MESOSPHERE_HTTP_CREDENTIALS: 'admin:c',
  LIBPROCESS_IP: '192.0.2.1'
}

test('settings come from variables, and the command line goes before them', () => {
  const words = ['--http_port', '8081', '--mesos_user=nobody']
  const settings = readSettings(words, { ...env, MARATHON_HTTP_PORT: '8080' })
  assert.equal(settings.advertise, '192.0.2.1:8081')
  assert.equal(settings.credentials, 'admin:c')
  assert.equal(settings.mesosUser, 'nobody')
  assert.equal(settings.authorization, undefined)
  assert.equal(settings.store.digest, 'marathon:b')
})

test('a Marathon that Mesos could not call back does not start', () => {
  const { LIBPROCESS_IP: _ip, ...without } = env
  assert.throws(() => readSettings([], without), /LIBPROCESS_IP is not set/)
})

test('who authenticates at Mesos needs a principal and a secret', () => {
  const flags = ['--mesos_authentication', '--mesos_authentication_principal', 'marathon']
  assert.throws(() => readSettings(flags, env), /mesos_authentication_secret/)
  const { authorization } = readSettings([...flags, '--mesos_authentication_secret=x'], env)
  assert.equal(Buffer.from(authorization?.slice(6) ?? '', 'base64').toString(), 'marathon:x')
})

const agent = (hostname: string, view: Partial<AgentView> = {}): AgentView => ({
  id: hostname,
  hostname,
  port: 5051,
  portRanges: [[31_000, 31_001]],
  attributes: '',
  tasks: [],
  reachable: true,
  ...view
})
const nothing: Taken = { ports: () => new Set(), tasks: () => 0 }
const app = (body: object = {}) =>
  definitionOf({ cmd: 'x', portDefinitions: [{ port: 0 }], ...body }, '/shop', () => 10_000)

test('a task gets a free port of the agent with the fewest tasks', () => {
  const taken: Taken = { ports: () => new Set([31_000]), tasks: (host) => (host === 'a' ? 2 : 1) }
  assert.deepEqual(
    seatFor(app(), [agent('a'), agent('b')], taken, () => 0),
    {
      hostname: 'b',
      ports: [31_001]
    }
  )
})

test('ports of other containers are not given twice, and an agent that is full is passed over', () => {
  const tasks = [{ taskId: 't', state: 'RUNNING' as const, hostPorts: [31_000, 31_001] }]
  const seat = seatFor(app(), [agent('a', { tasks }), agent('b')], nothing, () => 0.99)
  assert.deepEqual(seat, { hostname: 'b', ports: [31_001] })
  assert.equal(
    seatFor(app(), [agent('a', { tasks })], nothing, () => 0),
    undefined
  )
})

test('the ports of a task that has ended are free again', () => {
  const tasks = [{ taskId: 't', state: 'ENDED' as const, hostPorts: [31_000, 31_001] }]
  assert.deepEqual(seatFor(app(), [agent('a', { tasks })], nothing, () => 0)?.ports, [31_000])
})

test('an agent that is away gets no task', () => {
  assert.equal(
    seatFor(app(), [agent('a', { reachable: false })], nothing, () => 0),
    undefined
  )
})

test('one per agent means one per agent', () => {
  const taken: Taken = { ports: () => new Set(), tasks: (host) => (host === 'a' ? 1 : 0) }
  const unique = app({ constraints: [['hostname', 'UNIQUE']] })
  assert.equal(
    seatFor(unique, [agent('a')], taken, () => 0),
    undefined
  )
  assert.equal(seatFor(unique, [agent('a'), agent('b')], taken, () => 0)?.hostname, 'b')
})

test('a required port has to be among what the agent offers', () => {
  const body = { portDefinitions: [{ port: 80 }], requirePorts: true }
  assert.equal(
    seatFor(app(body), [agent('a')], nothing, () => 0),
    undefined
  )
  const offering = agent('a', {
    portRanges: [
      [31_000, 31_001],
      [80, 80]
    ]
  })
  assert.deepEqual(seatFor(app(body), [offering], nothing, () => 0)?.ports, [80])
})
