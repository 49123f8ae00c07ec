import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseApps, parseDefinition } from '../../../src/gateway/marathon/schema.ts'
import type { App } from '../../../src/gateway/model/app.ts'

/** As Marathon up to 1.4 writes a bridge app: nulls, ports twice, docker.portMappings. */
const bridge14 = {
  id: '/nginx',
  cmd: null,
  args: null,
  env: {},
  ports: [10002],
  portDefinitions: [{ port: 10002, protocol: 'tcp', labels: {} }],
  ipAddress: null,
  container: {
    type: 'DOCKER',
    docker: {
      image: 'nginx',
      network: 'BRIDGE',
      portMappings: [
        { containerPort: 80, hostPort: 0, servicePort: 10002, protocol: 'tcp', labels: {} }
      ]
    }
  },
  healthChecks: [],
  readinessChecks: [],
  labels: {},
  instances: 1.0,
  taskKillGracePeriodSeconds: null
}

const generations: readonly {
  name: string
  app: object
  mode: string
  ports: readonly object[]
}[] = [
  {
    name: '1.5+ host',
    app: {
      id: '/a',
      networks: [{ mode: 'host' }],
      portDefinitions: [{ labels: { VIP_0: 'x' }, name: 'default', port: 10000, protocol: 'tcp' }]
    },
    mode: 'host',
    ports: [{ name: 'default', servicePort: 10000, hasHostPort: true, labels: { VIP_0: 'x' } }]
  },
  {
    name: '1.5+ bridge, also without hostPort',
    app: {
      id: '/a',
      networks: [{ mode: 'container/bridge' }],
      container: { portMappings: [{ containerPort: 80 }, { containerPort: 0, hostPort: 0 }] }
    },
    mode: 'bridge',
    ports: [{ containerPort: 80, hasHostPort: true }, { hasHostPort: true }]
  },
  {
    name: '1.5+ container, a mapping without host port first',
    app: {
      id: '/a',
      networks: [{ mode: 'container', name: 'dcos' }],
      container: {
        portMappings: [
          { containerPort: 80, servicePort: 0, hostPort: null },
          { containerPort: 9000, hostPort: 0, servicePort: 10003, protocol: 'udp,tcp' }
        ]
      }
    },
    mode: 'container',
    ports: [
      { containerPort: 80, hasHostPort: false },
      { containerPort: 9000, hasHostPort: true, servicePort: 10003, protocol: 'udp,tcp' }
    ]
  },
  {
    name: '1.5+ container without mappings',
    app: { id: '/a', networks: [{ mode: 'container' }], container: { portMappings: [] } },
    mode: 'container',
    ports: []
  },
  {
    name: '1.4 bridge',
    app: bridge14,
    mode: 'bridge',
    ports: [{ containerPort: 80, servicePort: 10002, hasHostPort: true }]
  },
  {
    name: '1.4 docker HOST, ports alone',
    app: { id: '/a', container: { docker: { network: 'HOST' } }, ports: [10000, 0] },
    mode: 'host',
    ports: [{ servicePort: 10000, hasHostPort: true }, { hasHostPort: true }]
  },
  {
    name: '1.4 docker NONE',
    app: { id: '/a', container: { docker: { network: 'NONE' } }, portDefinitions: [] },
    mode: 'host',
    ports: []
  },
  {
    name: '1.4 docker USER',
    app: {
      id: '/a',
      ipAddress: { networkName: 'n', discovery: { ports: [] } },
      container: { docker: { network: 'USER', portMappings: [{ containerPort: 80 }] } }
    },
    mode: 'container',
    ports: [{ containerPort: 80, hasHostPort: false }]
  },
  {
    name: '1.4 ip per task',
    app: {
      id: '/a',
      container: null,
      ports: [],
      ipAddress: {
        groups: [],
        discovery: { ports: [{ number: 8080, name: 'http', protocol: 'tcp', labels: {} }] }
      }
    },
    mode: 'container',
    ports: [{ name: 'http', containerPort: 8080, hasHostPort: false }]
  },
  { name: 'a bare command', app: { id: '/a' }, mode: 'host', ports: [] }
]

for (const { name, app, mode, ports } of generations) {
  test(`ports of an app: ${name}`, () => {
    const { apps, problems } = parsed([app])
    assert.equal(apps[0]?.networkMode, mode)
    const expected = ports.map((port) => ({ protocol: 'tcp', labels: {}, ...port }))
    const found = apps[0]?.ports.map((p) => ({ ...p, labels: Object.fromEntries(p.labels) }))
    assert.deepEqual(found, expected)
    assert.deepEqual(problems, [])
  })
}

const tasks: readonly { name: string; task: object; expect: object }[] = [
  {
    name: '1.8',
    task: {
      appId: '/test',
      id: 'test.instance-e5e2._app.1',
      host: '10.0.0.7',
      state: 'TASK_RUNNING',
      startedAt: '2015-09-25T15:13:48.343Z',
      version: '2015-09-25T15:13:47.000Z',
      ports: [31045],
      ipAddresses: [{ ipAddress: '172.17.0.3', protocol: 'IPv4' }, { ipAddress: 'fd00::1' }],
      healthCheckResults: [
        { alive: true, consecutiveFailures: 0, firstSuccess: '2015-09-25T15:13:48.343Z' }
      ]
    },
    expect: {
      id: 'test.instance-e5e2._app.1',
      host: '10.0.0.7',
      state: 'TASK_RUNNING',
      startedAt: Date.UTC(2015, 8, 25, 15, 13, 48, 343),
      version: '2015-09-25T15:13:47.000Z',
      ports: [31045],
      ipAddresses: ['172.17.0.3', 'fd00::1'],
      health: [{ alive: true, consecutiveFailures: 0, reported: true }]
    }
  },
  {
    name: 'up to 1.3, grace period: null times are no report',
    task: {
      id: 't.1',
      host: 'agent',
      ports: [1],
      healthCheckResults: [
        { alive: false, consecutiveFailures: 0, lastFailure: null, lastSuccess: null },
        null
      ]
    },
    expect: {
      id: 't.1',
      host: 'agent',
      ports: [1],
      ipAddresses: [],
      health: [{ alive: false, consecutiveFailures: 0, reported: false }]
    }
  },
  {
    name: 'failed check',
    task: { id: 't', healthCheckResults: [{ alive: false, consecutiveFailures: 3 }] },
    expect: {
      id: 't',
      ports: [],
      ipAddresses: [],
      health: [{ alive: false, consecutiveFailures: 3, reported: true }]
    }
  },
  {
    name: 'no agent, an unknown state, a port 0 that keeps its place',
    task: { id: 't', host: '', ports: [0, 31001], state: 'TASK_DREAMING' },
    expect: { id: 't', ports: [0, 31001], ipAddresses: [], state: 'TASK_UNKNOWN', health: [] }
  },
  {
    name: 'an agent that an operator removed',
    task: { id: 't', state: 'TASK_GONE_BY_OPERATOR' },
    expect: { id: 't', ports: [], ipAddresses: [], state: 'TASK_GONE', health: [] }
  }
]

for (const { name, task, expect } of tasks) {
  test(`task: ${name}`, () => {
    const { apps, problems } = parsed([{ id: '/a', tasks: [task] }])
    assert.deepEqual(apps[0]?.tasks[0], expect)
    assert.deepEqual(problems, [])
  })
}

test('an app keeps what routing needs', () => {
  const [app] = parsed([
    {
      id: '/a',
      instances: 3,
      version: 'v1',
      versionInfo: { lastConfigChangeAt: '1970-01-01T00:00:01Z' },
      labels: { 'gateway.hosts': 'a.example.com' },
      env: { SECRET: { secret: 'x' } },
      healthChecks: [{ gracePeriodSeconds: 5, intervalSeconds: 10 }, { gracePeriodSeconds: 1 }],
      readinessChecks: [{ intervalSeconds: 2, timeoutSeconds: 1 }],
      readinessCheckResults: [
        { taskId: 't.1', ready: true },
        { taskId: 't.2', ready: false }
      ],
      deployments: [{ id: 'd' }],
      taskKillGracePeriodSeconds: 2.5
    }
  ]).apps
  assert.deepEqual(app, {
    id: '/a',
    labels: new Map([['gateway.hosts', 'a.example.com']]),
    instances: 3,
    version: 'v1',
    configChangedAt: 1000,
    networkMode: 'host',
    ports: [],
    healthChecks: 2,
    healthGraceMs: 61_000,
    readinessCheck: { intervalMs: 2000, timeoutMs: 1000 },
    readiness: new Map([
      ['t.1', true],
      ['t.2', false]
    ]),
    deploying: true,
    killGraceMs: 2500,
    tasks: []
  } satisfies App)
})

const wrong: readonly { name: string; app: unknown; reason: RegExp }[] = [
  { name: 'no object', app: 7, reason: /left out: expected an object, found 7/ },
  { name: 'an id without slash', app: { id: 'a' }, reason: /its id is "a", expected up to 1024/ },
  { name: 'an id with a line break', app: { id: '/a\nb' }, reason: /its id is "\/a\\nb"/ },
  { name: 'an endless id', app: { id: `/${'a'.repeat(1024)}` }, reason: /its id is "\/aaa/ },
  {
    name: 'an unknown network',
    app: { id: '/a', networks: [{ mode: 'quantum' }] },
    reason: /network mode is "quantum"/
  },
  {
    name: 'a label of ours that is no string',
    app: { id: '/a', labels: { 'gateway.auth': { x: 1 } } },
    reason: /label "gateway\.auth" is not usable/
  },
  {
    name: 'a label of ours that is too long',
    app: { id: '/a', labels: { 'gateway.auth': 'x'.repeat(70_000) } },
    reason: /label "gateway\.auth" is not usable/
  },
  {
    name: 'a port label of ours that is no string',
    app: { id: '/a', portDefinitions: [{ port: 1, labels: { 'gateway.hosts': 1 } }] },
    reason: /label "gateway\.hosts"/
  }
]

for (const { name, app, reason } of wrong) {
  test(`a malformed app is a problem and the others stay: ${name}`, () => {
    const { apps, problems } = parsed([app, { id: '/good' }])
    assert.deepEqual(
      apps.map((one) => one.id),
      ['/good']
    )
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.reason ?? '', reason)
  })
}

const flawed: readonly { name: string; app: object; reason: RegExp }[] = [
  {
    name: 'a container port that is none',
    app: {
      networks: [{ mode: 'container' }],
      container: { portMappings: [{ containerPort: 70_000 }] }
    },
    reason: /port 0: its container port is 70000, expected 1 to 65535/
  },
  {
    name: 'a service port that is none',
    app: { portDefinitions: [{ port: -1 }] },
    reason: /port 0: its service port is -1/
  },
  {
    name: 'a protocol that is none',
    app: { portDefinitions: [{ port: 1, protocol: 'sctp' }] },
    reason: /port 0: its protocol is "sctp"/
  },
  { name: 'a task without id', app: { tasks: [{}] }, reason: /a task has the id nothing/ },
  {
    name: 'a task port that is none',
    app: { tasks: [{ id: 't', ports: [99_999] }] },
    reason: /task t: one of its ports is 99999/
  },
  {
    name: 'a host with a space',
    app: { tasks: [{ id: 't', host: 'a b' }] },
    reason: /task t: its host is "a b"/
  },
  {
    name: 'an address that is none',
    app: { tasks: [{ id: 't', ipAddresses: [{ ipAddress: 'localhost' }] }] },
    reason: /task t: one of its addresses is "localhost"/
  }
]

for (const { name, app, reason } of flawed) {
  test(`a flaw is a problem and its app stays: ${name}`, () => {
    const { apps, problems } = parsed([{ id: '/a', ...app }])
    assert.equal(apps.length, 1)
    assert.equal(problems.length, 1)
    assert.equal(problems[0]?.app, '/a')
    assert.match(problems[0]?.reason ?? '', reason)
  })
}

test('an app listed twice counts once', () => {
  const { apps, problems } = parsed([
    { id: '/a', instances: 1 },
    { id: '/a', instances: 2 }
  ])
  assert.equal(apps.length, 1)
  assert.equal(apps[0]?.instances, 1)
  assert.match(problems[0]?.reason ?? '', /listed twice/)
})

test('big labels of others are left out without a word', () => {
  const { apps, problems } = parsed([
    { id: '/a', labels: { DCOS_PACKAGE_METADATA: 'x'.repeat(100_000), a: 'b' } }
  ])
  assert.deepEqual(apps[0]?.labels, new Map([['a', 'b']]))
  assert.deepEqual(problems, [])
})

test('labels named like parts of an object are labels', () => {
  const text = '{"apps":[{"id":"/__proto__","labels":{"__proto__":"x","constructor":"y"}}]}'
  const { apps } = parsed(JSON.parse(text).apps)
  assert.equal(apps[0]?.id, '/__proto__')
  assert.equal(apps[0]?.labels.get('__proto__'), 'x')
})

test('problems of one app are bounded', () => {
  const { problems } = parsed([{ id: '/a', tasks: Array.from({ length: 1000 }, () => ({})) }])
  assert.equal(problems.length, 20)
})

for (const body of [undefined, null, [], {}, { apps: {} }, { message: 'no' }, 'apps']) {
  test(`${JSON.stringify(body)} is no information`, () => {
    assert.deepEqual(parseApps(body, 'marathon'), { invalid: 'the answer has no list "apps"' })
  })
}

test('a definition of an older version tells its ports', () => {
  const definition = parseDefinition({ id: '/a', portDefinitions: [{ port: 1 }, { port: 2 }] })
  assert.equal(definition?.ports.length, 2)
  assert.equal(parseDefinition({ message: 'no' }), undefined)
  assert.equal(parseDefinition({ id: '/a', networks: [{ mode: 'x' }] }), undefined)
})

test('a port whose health check is HTTP is marked, by the rule of marathon-lb', () => {
  const ports = [{ port: 1 }, { port: 2 }, { port: 3 }]
  const marked = (...healthChecks: unknown[]) =>
    parsed([{ id: '/a', portDefinitions: ports, healthChecks }]).apps[0]?.ports.flatMap(
      ({ httpCheck }, index) => (httpCheck ? [index] : [])
    )
  assert.deepEqual(marked(), [])
  assert.deepEqual(marked({ protocol: 'HTTP', portIndex: 1 }), [1])
  assert.deepEqual(marked({ protocol: 'HTTP', port: 8080 }), [0, 1, 2])
  assert.deepEqual(marked({ protocol: 'MESOS_HTTP', portIndex: 1 }), [])
  assert.deepEqual(
    marked({ protocol: 'TCP', portIndex: 0 }, { protocol: 'HTTP', portIndex: 0 }, 'odd'),
    []
  )
  assert.deepEqual(marked({ protocol: 'HTTP' }), [])
})

test('the schema never throws, whatever comes', () => {
  const keys = ['id', 'labels', 'networks', 'container', 'ports', 'portDefinitions', 'tasks']
  const more = ['healthChecks', 'readinessCheckResults', 'ipAddress', 'state', 'host', 'mode']
  const word = fc.constantFrom(...keys, ...more, 'docker', 'portMappings', 'discovery', '/a')
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.jsonValue(),
      word,
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(word, tie('any'), { maxKeys: 6 })
    )
  })).any
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (apps) => {
      assert.ok('apps' in parseApps({ apps }, 'marathon'))
    }),
    { numRuns: 500 }
  )
})

function parsed(apps: readonly unknown[]) {
  const result = parseApps({ apps }, 'marathon')
  if ('invalid' in result) throw new Error(result.invalid)
  return result
}
