import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { app, compileApps, port, problemTexts, routeTexts } from '../../support/apps.ts'

/** The route, service and problems of one app with these labels. */
function outcomeOf(labels: Record<string, string>, given: Parameters<typeof app>[0] = {}) {
  const compiled = compileApps([app({ ...given, labels })])
  const { data } = compiled
  return {
    texts: routeTexts(data.routes),
    service: data.services[0],
    problems: problemTexts(compiled)
  }
}

describe('ports', () => {
  const ports = [
    port({ name: 'http' }),
    port({ name: 'admin' }),
    port({ name: 'dns', protocol: 'udp' })
  ]
  const rows: readonly (readonly [
    name: string,
    labels: Record<string, string>,
    texts: readonly string[]
  ])[] = [
    ['the first TCP port is the default', {}, ['myapp.local/ → marathon:/myapp:0']],
    ['by name', { 'gateway.port': 'admin' }, ['myapp.local/ → marathon:/myapp:1']],
    ['by index', { 'gateway.port': '1' }, ['myapp.local/ → marathon:/myapp:1']],
    [
      'another port by name',
      { 'gateway.admin.hosts': 'admin.example' },
      ['admin.example/ → marathon:/myapp:1', 'myapp.local/ → marathon:/myapp:0']
    ],
    [
      'another port by index, with a path',
      { 'gateway.1.path': '/admin', 'gateway.1.path.strip': 'true' },
      ['*/admin (strip) → marathon:/myapp:1', 'myapp.local/ → marathon:/myapp:0']
    ],
    [
      'policy without hosts gives no route to another port',
      { 'gateway.1.priority': '3' },
      ['myapp.local/ → marathon:/myapp:0']
    ],
    [
      'hosts of the app are not those of its other ports',
      { 'gateway.hosts': 'a.example', 'gateway.1.path': '/x' },
      ['*/x → marathon:/myapp:1', 'a.example/ → marathon:/myapp:0']
    ],
    ['one port out', { 'gateway.0.enabled': 'false' }, []],
    [
      'the default port by its index',
      { 'gateway.0.hosts': 'a.example' },
      ['a.example/ → marathon:/myapp:0']
    ]
  ]
  for (const [name, labels, texts] of rows) {
    test(name, () => {
      const outcome = outcomeOf(labels, { ports })
      assert.deepEqual(outcome.texts, texts)
      assert.deepEqual(outcome.problems, [])
    })
  }

  test('a UDP port gets no route', () => {
    const { texts, problems } = outcomeOf({ 'gateway.dns.hosts': 'dns.example' }, { ports })
    assert.deepEqual(texts, ['myapp.local/ → marathon:/myapp:0'])
    assert.match(problems[0] ?? '', /port 2 is not TCP/)
  })

  test('a known key is the key, although a port has its name', () => {
    const named = [port({ name: 'hosts' }), port({ name: 'path' })]
    const { texts } = outcomeOf(
      { 'gateway.path.strip': 'true', 'gateway.path': '/a' },
      { ports: named }
    )
    assert.deepEqual(texts, ['*/a (strip) → marathon:/myapp:0'])
  })

  test('labels of a port mapping are labels of that port', () => {
    const labelled = [
      port(),
      port({ labels: { 'gateway.hosts': 'b.example', 'gateway.priority': '4', other: 'x' } })
    ]
    const { texts, problems } = outcomeOf({}, { ports: labelled })
    assert.deepEqual(texts, ['b.example/ → marathon:/myapp:1', 'myapp.local/ → marathon:/myapp:0'])
    assert.deepEqual(problems, [])
  })

  test('policy of the app holds for its other ports, unless they have their own', () => {
    const compiled = compileApps([
      app({
        ports,
        labels: {
          'gateway.picker': 'random',
          'gateway.priority': '2',
          'gateway.1.hosts': 'b.example',
          'gateway.1.priority': '5'
        }
      })
    ])
    const admin = compiled.data.routes.find(({ match }) => match.host === 'b.example')
    assert.equal(admin?.priority, 5)
    assert.ok(compiled.data.services.every(({ picker }) => picker === 'random'))
  })

  test('no TCP port: no route, and a problem only when labels ask for one', () => {
    const udp = { ports: [port({ protocol: 'udp' })] }
    assert.deepEqual(outcomeOf({}, udp).problems, [])
    const asked = outcomeOf({ 'gateway.hosts': 'a.example' }, udp)
    assert.deepEqual(asked.texts, [])
    assert.match(asked.problems[0] ?? '', /no TCP port/)
  })

  test('container without definitions: gateway.port is the port itself', () => {
    const bare = { networkMode: 'container', ports: [] } as const
    const task = {
      id: 't',
      ipAddresses: ['9.0.0.1'],
      ports: [],
      health: [],
      state: 'TASK_RUNNING'
    } as const
    const { service } = outcomeOf({ 'gateway.port': '8080' }, { ...bare, tasks: [task] })
    assert.deepEqual(
      service?.endpoints.map(({ host, port }) => `${host}:${port}`),
      ['9.0.0.1:8080']
    )
  })
})
