import type { TestContext } from 'node:test'
import type { PluginUse } from '../../src/gateway/create-gateway.ts'
import { adminPlugin } from '../../src/plugins/admin/index.ts'
import { healthPlugin } from '../../src/plugins/health/index.ts'
import type { TestGateway, TestGatewayOptions } from '../../src/testing/create-test-gateway.ts'
import { startGateway } from './plugin-under-test.ts'

export interface AdminUnderTest {
  readonly gateway: TestGateway
  /** `http://127.0.0.1:port` of the admin side. */
  readonly admin: string
}

/** A test gateway with an admin side on a free port. */
export async function startAdmin(
  t: TestContext,
  options: object = {},
  others: TestGatewayOptions = {}
): Promise<AdminUnderTest> {
  const own: PluginUse[] = [
    { plugin: adminPlugin, options: { port: 0, ...options } },
    { plugin: healthPlugin, options: {} }
  ]
  const gateway = await startGateway(t, { ...others, plugins: [...(others.plugins ?? []), ...own] })
  const line = gateway.logs.find(({ name }) => name === 'admin side')
  return { gateway, admin: `http://127.0.0.1:${line?.['port']}` }
}
