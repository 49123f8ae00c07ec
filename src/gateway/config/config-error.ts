import type { Fault } from './check-value.ts'

/** The configuration can't be used. `lines` tell all that is wrong, one sentence each. */
export class ConfigError extends Error {
  readonly code = 'GW_CONFIG_INVALID'
  readonly lines: readonly string[]

  constructor(lines: readonly string[], options?: ErrorOptions) {
    super(lines.join('\n'), options)
    this.name = 'ConfigError'
    this.lines = lines
  }
}

/** `gateway.yaml:7: routing.domain: unknown option; did you mean routing.domains?` */
export function faultLine(where: string, fault: Fault): string {
  const path = fault.path.join('.')
  return path === '' ? `${where}: ${fault.reason}` : `${where}: ${path}: ${fault.reason}`
}
