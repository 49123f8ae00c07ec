import { Value } from 'typebox/value'
import { checkValue } from './config/check-value.ts'
import { faultLine } from './config/config-error.ts'
import type { PluginLabels } from './model/compile.ts'
import type { GatewayPlugin } from './plugin.ts'

/** The label schemas of plugins, by plugin name, as the compilation of routes asks for them. */
export function pluginLabels(plugins: readonly GatewayPlugin[]): Map<string, PluginLabels> {
  return new Map(
    plugins.flatMap((plugin) => {
      const { labels } = plugin
      return labels === undefined ? [] : [[plugin.name, labelsOf(plugin.name, labels)] as const]
    })
  )
}

/** Labels are text: numbers and booleans are read from it before the schema judges. */
function labelsOf(plugin: string, schema: NonNullable<GatewayPlugin['labels']>): PluginLabels {
  return {
    keys: new Set(Object.keys(schema.properties)),
    check(values) {
      const { value, faults } = checkValue(schema, Value.Convert(schema, { ...values }))
      const [first] = faults
      if (first === undefined) return { values: value }
      return { problem: faultLine(`gateway.${plugin}`, first) }
    }
  }
}
