import type { Config } from '../gateway/config/load-config.ts'
import type { Table } from '../gateway/model/table.ts'
import { createCertificateLook } from '../plugins/haproxy/listeners/usable-certificates.ts'
import type { HaproxyOptions } from '../plugins/haproxy/options.ts'
import { wantedOf } from '../plugins/haproxy/render/listeners.ts'
import type { RenderOptions } from '../plugins/haproxy/render/options.ts'

/** Certificates are looked at; whether a port can be bound is only known where HAProxy runs. */
export async function withCertificates(
  table: Table,
  config: Config,
  options: RenderOptions
): Promise<RenderOptions> {
  const { servicePorts } = options
  if (servicePorts === undefined) return options
  const { certificates } = config.sections['haproxy'] as HaproxyOptions
  const look = createCertificateLook(certificates)
  const certificateFiles = await look(wantedOf(table, options).certificates)
  return { ...options, servicePorts: { ...servicePorts, certificateFiles } }
}
