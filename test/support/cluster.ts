import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import fastify from 'fastify'
import { request } from 'undici'
import { checkValue } from '../../src/gateway/config/check-value.ts'
import { type CoreConfig, coreSchema } from '../../src/gateway/config/core-schema.ts'
import { createGateway, type Gateway } from '../../src/gateway/create-gateway.ts'
import { createMarathonSource } from '../../src/gateway/marathon/create-marathon-source.ts'
import type { MarathonSettings } from '../../src/gateway/marathon/settings.ts'
import { sampleApp } from '../../src/local-marathon/sample-app.ts'
import { proxyPlugin } from '../../src/plugins/proxy/index.ts'
import { eventually } from './eventually.ts'

export const sampleAppDir = fileURLToPath(new URL('../../sample-app', import.meta.url))

/** The sample app for local processes, with checks every second and a short grace period. */
export function myapp(overrides: Readonly<Record<string, unknown>> = {}) {
  return { ...sampleApp(sampleAppDir, { instances: 2 }), ...overrides }
}

export interface FollowingGateway {
  readonly gateway: Gateway
  /** `http://127.0.0.1:port` of the front door. */
  readonly url: string
  get(host: string, path?: string): Promise<{ status: number; text: string; code: string }>
  /** Addresses that answer, asked as often as it takes to see each one. */
  addresses(host: string, asks?: number): Promise<string[]>
}

/** A gateway that follows Marathon nodes, with a front door on a free port; it stops with the test. */
export async function followMarathon(
  t: TestContext,
  urls: readonly string[],
  settings: Partial<MarathonSettings> = {},
  config: Readonly<Record<string, unknown>> = {}
): Promise<FollowingGateway> {
  const { log } = fastify({ logger: { level: 'silent' } })
  const source = createMarathonSource(
    { name: 'marathon', urls, events: true, ...settings },
    { log, now: Date.now, random: Math.random }
  )
  const shutdown = { delay: '0', timeout: '2s' }
  const { value } = checkValue(coreSchema, { shutdown, ...config })
  const gateway = await createGateway(value as CoreConfig, {
    plugins: [{ plugin: proxyPlugin, options: { host: '127.0.0.1', port: 0 } }],
    sources: [source],
    log
  })
  t.after(() => gateway.stop())
  const url = `http://127.0.0.1:${gateway.addresses[0]?.port}`
  const get = async (host: string, path = '/') => {
    const answer = await request(`${url}${path}`, { headers: { host } })
    const text = await answer.body.text()
    return { status: answer.statusCode, text, code: /GW_[A-Z_]+/.exec(text)?.[0] ?? '' }
  }
  await eventually('the first table', () => gateway.host.status.ready)
  return {
    gateway,
    url,
    get,
    async addresses(host, asks = 20) {
      const found = new Set<string>()
      for (let i = 0; i < asks; i++) {
        const address = /Hello from (\S+)/.exec((await get(host)).text)?.[1]
        if (address !== undefined) found.add(address)
      }
      return [...found].sort()
    }
  }
}
