import type { GatewayPlugin } from '../gateway/plugin.ts'
import { accessLogPlugin } from '../plugins/access-log/index.ts'
import { adminPlugin } from '../plugins/admin/index.ts'
import { filePlugin } from '../plugins/file/index.ts'
import { healthPlugin } from '../plugins/health/index.ts'
import { proxyPlugin } from '../plugins/proxy/index.ts'
import { refreshPlugin } from '../plugins/refresh/index.ts'

/** Plugins that every gateway has, in the order in which they start; each has a section of its own. */
export const builtInPlugins: readonly GatewayPlugin[] = [
  proxyPlugin,
  refreshPlugin,
  filePlugin,
  adminPlugin,
  healthPlugin,
  accessLogPlugin
]
