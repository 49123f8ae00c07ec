import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lab, Machine } from '../lab.ts'
import type { Report } from '../report.ts'
import { type Asked, type AskOptions, ask } from './ask.ts'
import { readSettings, type Settings } from './settings.ts'

/** Path of the netrc with Marathon's credentials, on the machines and below the repository. */
export const NETRC = 'provisioning/.secrets/netrc'
export const AUTHORITY = (registry: string) => `/etc/docker/certs.d/${registry}/ca.crt`

/** The machines a story is told on, and how to ask them things. */
export interface Cluster {
  readonly lab: Lab
  readonly report: Report
  readonly settings: Settings
  /** The first one has the registry and the forwarded ports. */
  readonly master: Machine
  readonly masters: readonly Machine[]
  readonly slaves: readonly Machine[]
  /** host:port of the registry. */
  readonly registry: string
  secret(name: string): Promise<string>
  /** A question to Marathon with its credentials, from the laptop. */
  marathon(path: string, options?: AskOptions & { readonly at?: Machine }): Promise<Asked>
}

export interface Size {
  /** Three masters and two slaves in the place of one and one. */
  readonly long: boolean
}

const SHORT = ['master', 'slave1']
const LONG = ['master', 'master2', 'master3', 'slave1', 'slave2']

/** Boots the machines that are not up yet. */
export async function clusterOf(lab: Lab, report: Report, { long }: Size): Promise<Cluster> {
  const settings = await readSettings(lab.repository)
  const machines = await Promise.all((long ? LONG : SHORT).map((name) => lab.machine(name)))
  const ofRole = (role: string) =>
    machines.filter(({ name }) => settings.machines[name]?.role === role)
  const [master] = ofRole('master')
  if (master === undefined) throw new Error('a cluster has at least one master')
  const secret = async (name: string) =>
    (await readFile(join(lab.repository, 'provisioning/.secrets', name), 'utf8')).trim()
  return {
    lab,
    report,
    settings,
    master,
    masters: ofRole('master'),
    slaves: ofRole('slave'),
    registry: `${master.address}:5000`,
    secret,
    async marathon(path, { at = master, ...options } = {}) {
      const user = `admin:${await secret('marathon-http')}`
      return ask(lab.laptop, `http://${at.address}:8080${path}`, { user, ...options })
    }
  }
}
