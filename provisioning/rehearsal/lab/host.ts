import type { CommandResult, Host, RunOptions } from '../lab.ts'
import { runProcess } from './process.ts'

/** Beyond its own limit a command is only waited for so long, should it not even be possible to kill it. */
const graceMs = 20_000
const defaultTimeoutMs = 600_000

export interface Entered {
  readonly name: string
  readonly address: string
  /** Begins a command line that runs there. */
  enter(): readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** A host whose commands run in namespaces that are entered first. */
export function enteredHost({ name, address, enter, env }: Entered): Host {
  return {
    name,
    address,
    run: (command, options = {}) =>
      runThere(enter(), command, { ...options, env: { ...env, ...options.env } })
  }
}

type There = Omit<RunOptions, 'env'> & { readonly env: NodeJS.ProcessEnv }

function runThere(
  enter: readonly string[],
  command: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, env }: There
): Promise<CommandResult> {
  // The limit is kept inside, where everything the command started can be reached.
  const limited = ['timeout', '--kill-after=5', String(timeoutMs / 1000), ...command]
  return runProcess([...enter, ...limited], { input, env, timeoutMs: timeoutMs + graceMs })
}

/** What every command of a machine finds in its environment, as after a login as root. */
export function guestEnvironment(host: NodeJS.ProcessEnv, needs: GuestNeeds): NodeJS.ProcessEnv {
  const proxies = Object.entries(host).filter(([name]) => /^(https?|no)_proxy$/i.test(name))
  const ownNetwork = proxies.length === 0 ? {} : { no_proxy: needs.addresses.join(',') }
  // Node trusts its built-in authorities alone unless it is told of others.
  const authorities = needs.ownAuthorities
    ? { NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt' }
    : {}
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    USER: 'root',
    LANG: 'C.UTF-8',
    ...Object.fromEntries(proxies),
    ...ownNetwork,
    ...authorities
  }
}

export interface GuestNeeds {
  readonly ownAuthorities: boolean
  /** The machines', which no proxy knows. */
  readonly addresses: readonly string[]
}

/** This host's environment without its proxies: the machines' network is not reached through them. */
export function laptopEnvironment(host: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(host).filter(([name]) => !/^(https?|all|no)_proxy$/i.test(name))
  )
}
