import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gatewayErrors } from '../../../../src/gateway/http/errors.ts'
import { cleanHead } from '../../../../src/gateway/http/hygiene.ts'
import { knownLaxities } from '../../../../src/plugins/haproxy/render/known-laxities.ts'
import { readAnswer, startEchoTasks } from '../../../support/echo-tasks.ts'
import { haproxyVersion, noHaproxy, startRendered } from '../../../support/rendered-haproxy.ts'
import { routeTo, serviceOf, tableOf } from '../../../support/rendered-tables.ts'

for (const { name, request, proxy } of knownLaxities) {
  test(`known laxities: ${name} is ${proxy} for the proxy plane`, () => {
    const [start = '', ...fields] = (request.split('\r\n\r\n')[0] ?? '').split('\r\n')
    const [method = '', target = '', version = ''] = start.split(' ')
    const rawHeaders = fields.flatMap((field) => field.split(': '))
    const head = { method, target, httpVersion: version.replace('HTTP/', ''), rawHeaders }
    const clean = cleanHead(head, { maxFields: 200, maxTargetBytes: 8192 })
    const host = typeof clean === 'string' ? undefined : clean.host
    // `known.test:` is malformed, which only resolve() finds out.
    const status = host?.endsWith(':') ? 400 : 200
    assert.equal(typeof clean === 'string' ? gatewayErrors[clean].status : status, proxy)
  })
}

test('known laxities: HAProxy 2.6 answers as listed', { skip: noHaproxy }, async (t) => {
  if (!haproxyVersion().startsWith('2.6')) {
    t.skip(`the list is of 2.6, not of ${haproxyVersion()}`)
    return
  }
  const ports = await startEchoTasks(t, ['/known'])
  const service = serviceOf('/known', [...ports.values()])
  const { send } = await startRendered(
    t,
    tableOf([service], [routeTo(['/known'], { host: 'known.test' })])
  )
  for (const { name, request, haproxy } of knownLaxities) {
    await t.test(`${name} is ${haproxy}`, async () => {
      assert.equal(readAnswer(await send(request)).status, haproxy)
    })
  }
})
