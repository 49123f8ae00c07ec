import type { GatewayPlugin } from '../gateway/plugin.ts'

/** Plugins that every gateway has, in the order in which they start; each has a section of its own. */
export const builtInPlugins: readonly GatewayPlugin[] = []
