import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { PluginUse } from '../../src/gateway/create-gateway.ts'
import type { GatewayHost, GatewayPlugin } from '../../src/gateway/plugin.ts'
import {
  createTestGateway,
  type TestGateway,
  type TestGatewayOptions
} from '../../src/testing/create-test-gateway.ts'

/** A plugin without options that adds something to the host. */
export function pluginOf(
  name: string,
  add: (host: GatewayHost, app: FastifyInstance) => void | Promise<void>,
  labels?: GatewayPlugin['labels']
): PluginUse {
  const plugin: GatewayPlugin = {
    name,
    options: Type.Object({}),
    ...(labels === undefined ? {} : { labels }),
    register: (app) => add(app.gateway, app)
  }
  return { plugin, options: {} }
}

/** A test gateway that is stopped when the test ends. */
export async function startGateway(
  t: TestContext,
  options: TestGatewayOptions = {}
): Promise<TestGateway> {
  const gateway = await createTestGateway(options)
  t.after(() => gateway.stop())
  return gateway
}
