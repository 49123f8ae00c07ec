import { ConfigError } from '../gateway/config/config-error.ts'
import { CommandError } from './context.ts'

/** A port that the program opens, and the option that changes it. */
export interface PortUse {
  readonly port: number
  /** `--port (proxy.port)`. */
  readonly option: string
}

/** What went wrong, one plain line each; the stack stays inside. */
export function describeError(error: unknown, ports: readonly PortUse[] = []): readonly string[] {
  if (error instanceof ConfigError || error instanceof CommandError) return error.lines
  if (!(error instanceof Error)) return [String(error)]
  return [describeListen(error, ports) ?? error.message.split('\n', 1)[0] ?? error.name]
}

function describeListen(
  error: NodeJS.ErrnoException & { port?: number; address?: string },
  ports: readonly PortUse[]
): string | undefined {
  const { code, port, address } = error
  if (port === undefined) return undefined
  const options = ports.filter((use) => use.port === port).map((use) => use.option)
  const choose = ['choose another', options.join(' or ')].filter(Boolean).join(' with ')
  if (code === 'EADDRINUSE') return `port ${port} is taken: ${choose}`
  if (code === 'EADDRNOTAVAIL') return `${address} is no address of this machine`
  if (code !== 'EACCES') return undefined
  return `port ${port} may not be opened by this user: ${choose}, or allow it with: sudo setcap cap_net_bind_service=+ep "$(command -v node)"`
}
