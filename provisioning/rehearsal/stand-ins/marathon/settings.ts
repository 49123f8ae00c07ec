import { readFileSync } from 'node:fs'
import { type ZookeeperAddress, zookeeperAddress } from '../zookeeper/address.ts'

/** How this Marathon was told to run. */
export interface Settings {
  readonly mesos: ZookeeperAddress
  readonly store: ZookeeperAddress
  /** host:port by which clients and other Marathons know it. */
  readonly advertise: string
  readonly listen: { readonly host: string; readonly port: number }
  /** user:password */
  readonly credentials: string | undefined
  /** The header by which it proves itself to Mesos. */
  readonly authorization: string | undefined
  readonly mesosUser: string
  /** Where Mesos calls back: libprocess' address. */
  readonly callback: { readonly host: string; readonly port: number }
}

type Words = readonly string[]
type Environment = Readonly<Record<string, string | undefined>>

/** `--name value`, `--name=value` and lone `--name`; MARATHON_NAME where the line doesn't say. */
function flagsOf(words: Words, env: Environment): ReadonlyMap<string, string> {
  const flags = new Map<string, string>()
  for (const [variable, value] of Object.entries(env)) {
    const name = /^MARATHON_([A-Z0-9_]+)$/.exec(variable)?.[1]?.toLowerCase()
    if (name !== undefined && value !== undefined) flags.set(name, value)
  }
  for (const [index, word] of words.entries()) {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    const next = words[index + 1]
    if (name !== undefined) flags.set(name, value ?? (next?.startsWith('--') ? '' : (next ?? '')))
  }
  return flags
}

function needed(flags: ReadonlyMap<string, string>, name: string): string {
  const value = flags.get(name)
  if (value === undefined || value === '') throw new Error(`Required option '${name}' not found`)
  return value
}

function authorizationOf(flags: ReadonlyMap<string, string>): string | undefined {
  const authenticates = flags.get('mesos_authentication')
  if (authenticates === undefined || authenticates === 'false') return undefined
  const principal = needed(flags, 'mesos_authentication_principal')
  const file = flags.get('mesos_authentication_secret_file')
  const secret =
    file === undefined ? needed(flags, 'mesos_authentication_secret') : readFileSync(file, 'utf8')
  if (secret !== secret.trim()) throw new Error(`${file} holds more than the secret alone`)
  return `Basic ${Buffer.from(`${principal}:${secret}`).toString('base64')}`
}

/** @throws Error for what keeps Marathon from starting, or from being reached by Mesos */
export function readSettings(words: Words, env: Environment): Settings {
  const flags = flagsOf(words, env)
  // Mesos calls the framework back where libprocess listens; a guest has a NAT leg as well.
  const host = env['LIBPROCESS_IP']
  if (!host) throw new Error('LIBPROCESS_IP is not set: Mesos could not call back')
  const port = Number(flags.get('http_port') || 8080)
  return {
    mesos: zookeeperAddress(needed(flags, 'master')),
    store: zookeeperAddress(needed(flags, 'zk')),
    advertise: `${needed(flags, 'hostname')}:${port}`,
    listen: { host: flags.get('http_address') || '0.0.0.0', port },
    credentials: flags.get('http_credentials') || env['MESOSPHERE_HTTP_CREDENTIALS'],
    authorization: authorizationOf(flags),
    mesosUser: flags.get('mesos_user') || 'root',
    callback: { host, port: Number(env['LIBPROCESS_PORT'] || 0) }
  }
}
