import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App, Task } from '../../../src/gateway/model/app.ts'
import { addressOf, cookieOf, endpointsOf } from '../../../src/gateway/model/endpoints.ts'
import { app, NOW, port, task } from '../../support/apps.ts'

const mapped = port({ containerPort: 80 })
const own = port({ containerPort: 80, hasHostPort: false })
const bridge = { networkMode: 'bridge', ports: [mapped, port({ containerPort: 443 })] } as const
const container = { networkMode: 'container' } as const

interface Row {
  readonly name: string
  readonly app?: Partial<Omit<App, 'labels'>>
  readonly task?: Partial<Task>
  readonly index?: number
  /** `host port`, or a part of the reason. */
  readonly expect: string
}

const rows: readonly Row[] = [
  { name: 'host: agent and its port', expect: '10.0.0.1 31000' },
  {
    name: 'host, second port (definitions 10000, 10001)',
    app: { ports: [port({ servicePort: 10000 }), port({ servicePort: 10001 })] },
    task: { ports: [31001, 31002] },
    index: 1,
    expect: '10.0.0.1 31002'
  },
  {
    name: 'host, agent by name',
    task: { host: 'agent-1.example' },
    expect: 'agent-1.example 31000'
  },
  {
    name: 'host, agent with an IPv6 address',
    task: { host: '2001:db8::1' },
    expect: '2001:db8::1 31000'
  },
  { name: 'host, no ports', task: { ports: [] }, expect: 'no host port for port 0' },
  { name: 'host, port 0 leads nowhere', task: { ports: [0] }, expect: 'no host port for port 0' },
  { name: 'host, empty agent', task: { host: '' }, expect: 'no agent' },
  { name: 'host, no agent yet', task: { host: undefined as never }, expect: 'no agent' },
  { name: 'host, index beyond the definition', index: 1, expect: 'no port 1' },
  {
    name: 'bridge: agent, never the inner address (80→0, 443→0)',
    app: bridge,
    task: { ports: [31500, 31501], ipAddresses: ['172.17.0.3'] },
    expect: '10.0.0.1 31500'
  },
  {
    name: 'bridge, second mapping',
    app: bridge,
    task: { ports: [31500, 31501], ipAddresses: ['172.17.0.3'] },
    index: 1,
    expect: '10.0.0.1 31501'
  },
  {
    name: 'bridge of Marathon 1.4: the same shape, task without addresses',
    app: { networkMode: 'bridge', ports: [port({ containerPort: 80, servicePort: 10002 })] },
    task: { ports: [31372], ipAddresses: [], state: undefined as never },
    expect: '10.0.0.1 31372'
  },
  {
    name: 'container ({80}, {9000, hostPort 0}): own address and container port',
    app: { ...container, ports: [own, port({ containerPort: 9000 })] },
    task: { ports: [31777], ipAddresses: ['9.0.5.7'] },
    expect: '9.0.5.7 80'
  },
  {
    name: 'container, mapping with a host port after one without: first entry of ports',
    app: { ...container, ports: [own, port({ containerPort: 9000 })] },
    task: { ports: [31777], ipAddresses: ['9.0.5.7'] },
    index: 1,
    expect: '10.0.0.1 31777'
  },
  {
    name: 'container, several addresses: the first',
    app: { ...container, ports: [own] },
    task: { ports: [], ipAddresses: ['2001:db8::7', '9.0.5.7'] },
    expect: '2001:db8::7 80'
  },
  {
    name: 'container, no address yet',
    app: { ...container, ports: [own] },
    task: { ports: [] },
    expect: 'no address of its own'
  },
  {
    name: 'container, container port 0 without a host port',
    app: { ...container, ports: [port({ containerPort: 0, hasHostPort: false })] },
    task: { ipAddresses: ['9.0.5.7'] },
    expect: 'no container port'
  },
  { name: 'container without mappings', app: { ...container, ports: [] }, expect: 'no port 0' },
  {
    name: 'ip-per-task of Marathon 1.4 (discovery port 8080)',
    app: { ...container, ports: [port({ containerPort: 8080, hasHostPort: false })] },
    task: { ports: [], ipAddresses: ['192.168.1.4'] },
    expect: '192.168.1.4 8080'
  },
  {
    name: 'task of an older version: the ports of its own definition, by name',
    app: { ports: [port({ name: 'admin' }), port({ name: 'http' })] },
    task: {
      ports: [31000],
      definition: { networkMode: 'host', ports: [port({ name: 'http' })] }
    },
    index: 1,
    expect: '10.0.0.1 31000'
  },
  {
    name: 'task of an older version without this port',
    app: { ports: [port(), port()] },
    task: { ports: [31000], definition: { networkMode: 'host', ports: [port()] } },
    index: 1,
    expect: 'runs an older version'
  }
]

for (const row of rows) {
  test(`addressOf: ${row.name}: ${row.expect}`, () => {
    const address = addressOf(app(row.app), task(row.task), row.index ?? 0)
    if (typeof address === 'string') assert.ok(address.includes(row.expect), address)
    else assert.equal(`${address.host} ${address.port}`, row.expect)
  })
}

test('endpointsOf: keeps the order of tasks and tells why a task is left out', () => {
  const tasks = [
    task({ id: 'a' }),
    task({ id: 'b', state: 'TASK_KILLING' }),
    task({ id: 'c', state: 'TASK_UNREACHABLE', host: '10.0.0.3' }),
    task({ id: 'd', ports: [] })
  ]
  const facts = {
    source: 'marathon',
    ending: new Set<string>(),
    unreachable: new Set<string>(),
    leaving: new Set<string>(),
    health: new Map(),
    now: NOW,
    policy: 'last-resort'
  } as const
  const { endpoints, leftOut } = endpointsOf(app({ tasks }), 0, facts, {
    stickyKey: 'key',
    check: () => undefined,
    refused: []
  })
  assert.deepEqual(
    endpoints.map(({ id, agent, lastResort }) => ({ id, agent, lastResort })),
    [
      { id: 'a:0', agent: '10.0.0.1', lastResort: false },
      { id: 'c:0', agent: '10.0.0.3', lastResort: true }
    ]
  )
  assert.deepEqual(leftOut, [
    { taskId: 'b', reason: 'is being killed' },
    { taskId: 'd', reason: 'has no host port for port 0' }
  ])
  assert.equal(endpoints[0]?.cookie, cookieOf('key', 'a'))
})

test('cookieOf: 16 hexadecimal digits that depend on the key', () => {
  assert.match(cookieOf('key', 'a'), /^[0-9a-f]{16}$/)
  assert.notEqual(cookieOf('key', 'a'), cookieOf('other', 'a'))
  assert.notEqual(cookieOf('key', 'a'), cookieOf('key', 'b'))
})
