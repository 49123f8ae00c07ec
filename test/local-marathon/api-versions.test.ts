import assert from 'node:assert/strict'
import { test } from 'node:test'
import { appBody, call, localMarathon, startApp } from '../support/local-marathon.ts'

const simulated = { runner: 'simulated' } as const
const bridge = {
  networks: [{ mode: 'container/bridge' }],
  container: {
    type: 'DOCKER',
    docker: { image: 'nginx' },
    portMappings: [{ containerPort: 80, name: 'http' }]
  }
}
const legacyBridge = {
  container: {
    type: 'DOCKER',
    docker: {
      image: 'nginx',
      network: 'BRIDGE',
      portMappings: [{ containerPort: 80, name: 'http' }]
    }
  }
}
const mapping = {
  containerPort: 80,
  hostPort: 0,
  servicePort: 10_000,
  protocol: 'tcp',
  name: 'http',
  labels: {}
}

const appOf = async (url: string) => (await call(url, '/v2/apps/shop')).json.app

for (const [name, given] of Object.entries({ bridge, legacyBridge })) {
  test(`1.8 shows networks and mappings of the container, given as ${name}`, async (t) => {
    const { url } = await localMarathon(t, simulated)
    await startApp(url, given)
    const app = await appOf(url)
    assert.deepEqual(app.networks, [{ mode: 'container/bridge' }])
    assert.deepEqual(app.container.portMappings, [mapping])
    assert.equal(app.container.docker.portMappings, undefined)
    assert.deepEqual(
      [app.portDefinitions, app.ports, app.healthChecks],
      [undefined, undefined, undefined]
    )
    assert.match(app.tasks[0].id, /^shop\.instance-[0-9a-f-]{36}\._app\.1$/)
    assert.deepEqual(app.tasks[0].healthCheckResults, [])
    assert.deepEqual(app.unreachableStrategy, { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 })
  })

  test(`1.4 shows nulls, ports and mappings inside docker, given as ${name}`, async (t) => {
    const { url } = await localMarathon(t, { ...simulated, apiVersion: '1.4' })
    await startApp(url, { ...given, healthChecks: [{ protocol: 'HTTP' }] })
    const app = await appOf(url)
    assert.equal(app.networks, undefined)
    assert.equal(app.container.docker.network, 'BRIDGE')
    assert.deepEqual(app.container.docker.portMappings, [mapping])
    assert.equal(app.container.portMappings, undefined)
    assert.deepEqual(app.ports, [10_000])
    assert.deepEqual([app.ipAddress, app.user, app.uris], [null, null, []])
    const [task] = app.tasks
    assert.match(task.id, /^shop\.[0-9a-f-]{36}$/)
    assert.equal('servicePorts' in task || 'localVolumes' in task, false)
    assert.match(task.healthCheckResults[0].instanceId, /^shop\.marathon-[0-9a-f-]{36}$/)
  })
}

test('1.5 has the new form with arrays omitted while empty', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, apiVersion: '1.5' })
  await startApp(url)
  const app = await appOf(url)
  assert.deepEqual(app.networks, [{ mode: 'host' }])
  assert.deepEqual(app.unreachableStrategy, { inactiveAfterSeconds: 300, expungeAfterSeconds: 600 })
  assert.equal('healthCheckResults' in app.tasks[0], false)
  assert.equal((await call(url, '/v2/info')).json.version, '1.5.15')
})

test('1.4 host mode repeats ports, and ip-per-task keeps its discovery', async (t) => {
  const { url } = await localMarathon(t, { ...simulated, apiVersion: '1.4' })
  await startApp(url, { ports: [0, 9000] })
  const host = await appOf(url)
  assert.deepEqual(host.ports, [10_000, 9_000])
  assert.equal(host.portDefinitions[1].port, 9_000)
  assert.equal(host.container, null)
  await call(url, '/v2/apps/shop', { method: 'DELETE' })
  const ports = [{ number: 8080, name: 'http', protocol: 'tcp' }]
  const ipAddress = { networkName: 'n', discovery: { ports } }
  await call(url, '/v2/apps', { method: 'POST', body: appBody({ id: '/ip', ipAddress }) })
  const { app } = (await call(url, '/v2/apps/ip')).json
  assert.equal(app.ipAddress.networkName, 'n')
  assert.equal(app.ipAddress.discovery.ports[0].number, 8080)
})

test('container mode takes host ports only for mappings that ask for one', async (t) => {
  const { url } = await localMarathon(t, simulated)
  await startApp(url, {
    networks: [{ mode: 'container', name: 'dcos' }],
    container: {
      type: 'MESOS',
      portMappings: [{ containerPort: 80 }, { containerPort: 9000, hostPort: 0 }]
    }
  })
  const app = await appOf(url)
  assert.equal(app.container.portMappings[0].hostPort, undefined)
  assert.equal(app.tasks[0].ports.length, 1)
})
