import type { RuntimeSocket } from './runtime-socket.ts'

/** What a running HAProxy can do, as it says itself. */
export interface Capabilities {
  /** What `show version` says: `2.6.12-1+deb12u4`; for people only, nothing is decided by it. */
  readonly version: string
  /** Servers can be added and deleted at run time. */
  readonly addServer: boolean
  /** … but only after `experimental-mode on` on the connection (2.4, 2.5). */
  readonly experimental: boolean
  /** Backends can be added at run time (3.4). */
  readonly addBackend: boolean
  /** A map can be replaced as a whole: `prepare map`, `commit map` (2.4). */
  readonly mapTransactions: boolean
}

/** Asks the socket. @throws RuntimeSocketError */
export async function askCapabilities(socket: RuntimeSocket): Promise<Capabilities> {
  const version = await socket.ask('show', 'version')
  const help = await socket.ask('help')
  if (hasCommand(help, 'add server')) return capabilitiesOf(version, help, '')
  const experimental = await socket.run([
    { words: ['experimental-mode', 'on'] },
    { words: ['help'] }
  ])
  return capabilitiesOf(version, help, experimental[1] ?? '')
}

/** @param experimentalHelp what `help` says after `experimental-mode on`; empty when not asked */
export function capabilitiesOf(
  version: string,
  help: string,
  experimentalHelp: string
): Capabilities {
  const plain = hasCommand(help, 'add server')
  const experimental = !plain && hasCommand(experimentalHelp, 'add server')
  return {
    version: version.trim().split('\n')[0] ?? '',
    addServer: plain || experimental,
    experimental,
    addBackend: hasCommand(help, 'add backend'),
    mapTransactions: hasCommand(help, 'prepare map') && hasCommand(help, 'commit map')
  }
}

/** `help` has a line per command: its words, its arguments, a colon. */
function hasCommand(help: string, command: string): boolean {
  return help.split('\n').some((line) => `${line.trim()} `.startsWith(`${command} `))
}
