import { checkValue } from '../gateway/config/check-value.ts'
import type { Config } from '../gateway/config/load-config.ts'
import type { GatewayPlugin } from '../gateway/plugin.ts'
import { accessLogPlugin } from '../plugins/access-log/index.ts'
import { adminPlugin } from '../plugins/admin/index.ts'
import { filePlugin } from '../plugins/file/index.ts'
import { fallbackSocketsOf } from '../plugins/haproxy/fallback-sockets.ts'
import { haproxyPluginFor } from '../plugins/haproxy/index.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import type { FrontDoorOptions } from '../plugins/haproxy/render/front-door-options.ts'
import { healthPlugin } from '../plugins/health/index.ts'
import { metricsPlugin } from '../plugins/metrics/index.ts'
import { proxyPlugin, proxyPluginFor } from '../plugins/proxy/index.ts'
import { refreshPlugin } from '../plugins/refresh/index.ts'

const frontDefaults = checkValue(proxyPlugin.options, {}).value as FrontDoorOptions

/** Plugins that come with the gateway, in the order in which they start; each has a section of its own. */
export const builtInPlugins: readonly GatewayPlugin[] = [
  proxyPlugin,
  haproxyPluginFor(frontDefaults),
  refreshPlugin,
  filePlugin,
  adminPlugin,
  healthPlugin,
  accessLogPlugin,
  metricsPlugin
]

/** Those that a configuration starts. */
export function pluginsToStart(config: Config): readonly GatewayPlugin[] {
  const others = builtInPlugins.filter(({ name }) => name !== 'haproxy' && name !== 'proxy')
  return [...planesOf(config), ...others]
}

/** One plane takes the front door. HAProxy comes first, so that at the stop the other outlives it. */
function planesOf({ core, sections }: Config): readonly GatewayPlugin[] {
  if (core.plane === 'proxy') return [proxyPlugin]
  const front = sections['proxy'] as FrontDoorOptions
  if (core.plane === 'haproxy') return [haproxyPluginFor(front)]
  const { fallback, ...behind } = fallbackSocketsOf(sections['haproxy'] as HaproxyOptions, front)
  return [haproxyPluginFor(front, { fallback }), proxyPluginFor(behind)]
}
