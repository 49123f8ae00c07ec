import { join } from 'node:path'
import type { Host, Machine } from '../lab.ts'
import { ask, must, shell, until } from './ask.ts'
import { type Cluster, NETRC } from './cluster.ts'

/** How long an app may take from its start to its healthy tasks: an image is pulled. */
export const START_MS = 120_000

/** Where the first master's gateway listens. */
export const doorOf = ({ master }: Cluster) => `http://${master.address}/`

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

/** So many healthy tasks; undefined when there are more or fewer. */
export async function tasksOf(cluster: Cluster, count: number, at = cluster.master) {
  const tasks = await healthyTasks(cluster, 'myapp', at)
  return tasks.length === count ? tasks : undefined
}

export async function firstAnswer(
  cluster: Cluster,
  url: string,
  from = cluster.lab.laptop
): Promise<string> {
  return until(`an answer at ${url}`, () => helloFrom(from, url), 60_000)
}

/** What the agents' own Docker says of the app's containers. */
export async function containerAddresses({ slaves }: Cluster): Promise<ReadonlySet<string>> {
  const format = '{{range .NetworkSettings.Networks}}{{println .IPAddress}}{{end}}'
  const script = `docker ps -q --filter label=mesos-task | xargs -r docker inspect --format '${format}'`
  const outputs = await Promise.all(slaves.map((slave) => must(slave, shell(script))))
  return new Set(
    outputs
      .join('\n')
      .split('\n')
      .filter((line) => line !== '')
  )
}

/** Marathon takes no other change of an app before. */
export function deploymentEnds(cluster: Cluster): Promise<true> {
  return until('the deployment ends', async () => {
    const { body } = await cluster.marathon('/v2/deployments')
    return body.trim() === '[]' ? true : undefined
  })
}

/** A slave that runs a task of the sample app. @throws Error when none does */
export async function slaveWithTask({ slaves, registry }: Cluster): Promise<Machine> {
  const list = shell('docker ps --quiet --filter ancestor=$0', `${registry}/myapp`)
  for (const slave of slaves) if ((await must(slave, list)).trim() !== '') return slave
  throw new Error('no slave runs a task of the sample app')
}
