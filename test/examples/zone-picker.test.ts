import assert from 'node:assert/strict'
import test from 'node:test'
import { zonePicker } from '../../examples/plugins/zone-picker.ts'
import type { Picker, PickerMaker } from '../../src/gateway/balance/picker.ts'
import type { Endpoint, Service } from '../../src/gateway/model/route.ts'
import { pluginOf, startGateway } from '../support/plugin-under-test.ts'

const nobody = { header: () => undefined, cookie: () => undefined }

const endpointOn = (agent: string): Endpoint => ({
  id: `${agent}:0`,
  taskId: agent,
  host: agent,
  port: 31_000,
  agent,
  lastResort: false,
  cookie: ''
})

test('zone-picker: its own zone first, others when none of it is left', async (t) => {
  let make: PickerMaker | undefined
  await startGateway(t, {
    plugins: [
      { plugin: zonePicker, options: { zone: 'eu-1-' } },
      pluginOf('spy', (host) => {
        make = host.parts.pickers.get('zone')
      })
    ]
  })
  const near = [endpointOn('eu-1-a'), endpointOn('eu-1-b')]
  const far = [endpointOn('eu-2-a')]
  const tools = { inFlight: () => 0, random: Math.random }
  const pick = make?.({} as Service, [...far, ...near], undefined, tools) as Picker
  const picked = Array.from({ length: 100 }, () => pick(nobody, []))
  assert.deepEqual(new Set(picked), new Set(near))
  assert.equal(pick(nobody, near), far[0])
  assert.equal(pick(nobody, [...near, ...far]), undefined)
})

test('zone-picker: an app asks for it by label', async (t) => {
  const gateway = await startGateway(t, {
    plugins: [{ plugin: zonePicker, options: { zone: 'eu-1-' } }],
    apps: [{ id: '/myapp', labels: { 'gateway.picker': 'zone' }, tasks: 2 }]
  })
  assert.equal((await gateway.request('http://myapp.local/')).status, 200)
  assert.deepEqual(gateway.host.problems, [])
})
