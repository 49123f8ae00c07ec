import Type, { type TObject } from 'typebox'
import type { GatewayPlugin } from '../plugin.ts'
import { coreSections } from './core-schema.ts'

/**
 * The schema of a whole configuration: the kernel's sections, then one for each plugin by its name.
 * @throws RangeError when two sections would have one name
 */
export function configSchema(plugins: readonly GatewayPlugin[]): TObject {
  const sections: Record<string, TObject> = {}
  for (const { name, options } of plugins) {
    if (Object.hasOwn(coreSections, name) || Object.hasOwn(sections, name)) {
      throw new RangeError(`two sections of the configuration are called ${name}`)
    }
    sections[name] = options
  }
  return Type.Object({ ...coreSections, ...sections }, { additionalProperties: false })
}
