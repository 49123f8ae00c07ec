import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host, Lab, Machine } from '../lab.ts'
import type { Report } from '../report.ts'
import { type Asked, type AskOptions, ask, shell } from './ask.ts'
import type { Settings } from './settings.ts'

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
  /** All that provisioning has printed so far. */
  readonly printed: string[]
  secret(name: string): Promise<string>
  /** A question to Marathon with its credentials, from the laptop. */
  marathon(path: string, options?: AskOptions & { readonly at?: Machine }): Promise<Asked>
}

export function createCluster(
  lab: Lab,
  report: Report,
  settings: Settings,
  machines: readonly Machine[]
): Cluster {
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
    printed: [],
    secret,
    async marathon(path, { at = master, ...options } = {}) {
      const user = `admin:${await secret('marathon-http')}`
      return ask(lab.laptop, `http://${at.address}:8080${path}`, { user, ...options })
    }
  }
}

/** One of the sample app's scripts, on the first master or from the laptop. */
export function sampleAppScript(
  { lab, master }: Cluster,
  from: Host,
  script: string
): ReturnType<Host['run']> {
  const repository = from === master ? '/marathon-gateway' : lab.repository
  return from.run(shell(`cd '${repository}/sample-app' && ./${script}`), {
    env: {
      MARATHON_NETRC: join(repository, NETRC),
      ...(from === master ? {} : { MARATHON_URL: 'http://127.0.0.1:8080' })
    }
  })
}

export interface Task {
  readonly id: string
  readonly host: string
  readonly state: string
  readonly ports: readonly number[]
  readonly ipAddresses: readonly { readonly ipAddress: string }[]
  readonly healthCheckResults: readonly { readonly alive: boolean }[]
}

/** Tasks of an app that run and are healthy. @throws Error when Marathon doesn't say */
export async function healthyTasks(
  cluster: Cluster,
  app: string,
  at: Machine = cluster.master
): Promise<readonly Task[]> {
  const { status, body } = await cluster.marathon(`/v2/apps/${app}/tasks`, { at })
  if (status !== 200) throw new Error(`Marathon answered ${status} about ${app}`)
  const { tasks } = JSON.parse(body) as { tasks: readonly Task[] }
  return tasks.filter(
    ({ state, healthCheckResults }) =>
      state === 'TASK_RUNNING' &&
      healthCheckResults.length > 0 &&
      healthCheckResults.every(({ alive }) => alive)
  )
}

/** What the sample app says at the front door: the address it runs on; undefined for anything else. */
export async function helloFrom(
  host: Host,
  url: string,
  name = 'myapp.local'
): Promise<string | undefined> {
  const { status, body } = await ask(host, url, { headers: [`Host: ${name}`] })
  if (status !== 200) return undefined
  return /^Hello from (\d+(?:\.\d+){3}) /.exec(body)?.[1]
}

/** Every address that answers at the front door, in the time of so many questions. */
export async function addressesAt(
  host: Host,
  url: string,
  questions: number
): Promise<ReadonlySet<string>> {
  const script = `for i in $(seq ${questions}); do curl -s -m 5 -H 'Host: myapp.local' ${url}; done`
  const { stdout } = await host.run(shell(script))
  return new Set([...stdout.matchAll(/^Hello from (\S+) /gm)].map(([, ip]) => ip ?? ''))
}
