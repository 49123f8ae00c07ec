import { checkValue } from '../gateway/config/check-value.ts'
import type { Config } from '../gateway/config/load-config.ts'
import type { GatewayPlugin } from '../gateway/plugin.ts'
import { accessLogPlugin } from '../plugins/access-log/index.ts'
import { adminPlugin } from '../plugins/admin/index.ts'
import { filePlugin } from '../plugins/file/index.ts'
import { haproxyPluginFor } from '../plugins/haproxy/index.ts'
import type { FrontDoorOptions } from '../plugins/haproxy/render/front-door-options.ts'
import { healthPlugin } from '../plugins/health/index.ts'
import { proxyPlugin } from '../plugins/proxy/index.ts'
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
  accessLogPlugin
]

/** Those that a configuration starts: one plane takes the front door, the other stays out. */
export function pluginsToStart({ core, sections }: Config): readonly GatewayPlugin[] {
  if (core.plane === 'proxy') return builtInPlugins.filter(({ name }) => name !== 'haproxy')
  const haproxy = haproxyPluginFor(sections['proxy'] as FrontDoorOptions)
  return [haproxy, ...builtInPlugins.filter(({ name }) => name !== 'haproxy' && name !== 'proxy')]
}
