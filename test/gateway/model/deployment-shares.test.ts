import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deploymentShares, type Side } from '../../../src/gateway/model/deployment-shares.ts'
import { app, compileApps, task } from '../../support/apps.ts'

function side(startedAt: number, target: number, instances: number, ready: number): Side {
  return { deployment: { startedAt, target }, instances, ready }
}

describe('deploymentShares: every ready task counts, less the drained ones of the older app', () => {
  const cases: readonly (readonly [name: string, sides: readonly Side[], shares: unknown])[] = [
    ['none of the newer is ready', [side(1, 4, 4, 4), side(2, 4, 1, 0)], [4, 0]],
    ['one of four', [side(1, 4, 4, 4), side(2, 4, 1, 1)], [3, 1]],
    ['all of the newer', [side(1, 4, 4, 4), side(2, 4, 4, 4)], [0, 4]],
    ['the newer comes first by id', [side(2, 4, 1, 1), side(1, 4, 4, 4)], [1, 3]],
    ['more to come than there were', [side(1, 2, 2, 2), side(2, 6, 3, 3)], [2, 3]],
    ['nobody is ready', [side(1, 4, 4, 0), side(2, 4, 4, 0)], [1, 1]],
    ['no pair', [side(1, 4, 4, 4)], undefined],
    ['no deployment', [side(1, 4, 4, 4), { ...side(2, 4, 4, 4), deployment: undefined }], undefined]
  ]
  for (const [name, sides, shares] of cases) {
    test(name, () => assert.deepEqual(deploymentShares(sides), shares))
  }
})

test('a pair of apps of marathon-lb has these shares in its route', () => {
  const colour = (name: string, startedAt: string, tasks: number) =>
    app({
      id: `/shop-${name}`,
      instances: tasks,
      tasks: Array.from({ length: tasks }, (_, i) => task({ id: `${name}.${i}` })),
      labels: {
        HAPROXY_0_VHOST: 'shop.example.com',
        HAPROXY_DEPLOYMENT_GROUP: 'shop',
        HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
        HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '3'
      }
    })
  const apps = [colour('blue', '2024-01-01T00:00:00', 3), colour('green', '2024-01-02T00:00:00', 1)]
  const [route] = compileApps(apps).data.routes
  assert.deepEqual(
    route?.services.map(({ weight }) => weight),
    [2, 1]
  )
})
