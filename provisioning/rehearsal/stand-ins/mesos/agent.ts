import { setTimeout as sleep } from 'node:timers/promises'
import { zookeeperAddress } from '../zookeeper/address.ts'
import { followLeader } from '../zookeeper/election.ts'
import { openSession } from '../zookeeper/session.ts'
import { type Containers, createContainers } from './containers.ts'
import { basicHeader, credentialIn, credentialsIn, principalOf } from './credentials.ts'
import { type Flags, isOn, required, valueOrFile } from './flags.ts'
import { type Answer, type Question, serveHttp, unauthorized } from './http-server.ts'
import { addressOf } from './master.ts'
import type { AgentReport, Order, TaskOrder, TaskReport } from './messages.ts'

/** Distance of the signs of life; orders come with their answers. */
const BEAT_MS = 300

interface Agent {
  readonly containers: Containers
  readonly about: Omit<AgentReport, 'tasks'>
  /** Tasks without a container: not yet, or no more. */
  readonly others: Map<string, TaskReport>
  readonly log: (line: string) => void
  master: string | undefined
}

/** Stands in for `mesos-agent`. @throws Error for what Mesos would refuse to start with */
export async function runAgent(flags: Flags, log: (line: string) => void): Promise<void> {
  const folder = required(flags.get('work_dir'), 'work_dir')
  const address = zookeeperAddress(required(valueOrFile(flags, 'master'), 'master'))
  if (!(flags.get('containerizers') ?? 'mesos').split(',').includes('docker')) {
    throw new Error('the stand-in runs Docker containers only: --containerizers must name docker')
  }
  const host = flags.get('ip') ?? '0.0.0.0'
  const port = Number(flags.get('port') ?? 5051)
  const credential = valueOrFile(flags, 'credential')
  const authorization =
    credential === undefined ? undefined : basicHeader(credentialIn(credential, '--credential'))
  const agent: Agent = {
    containers: createContainers({
      docker: flags.get('docker') ?? 'docker',
      socket: flags.get('docker_socket') ?? '/var/run/docker.sock',
      dockerConfig: valueOrFile(flags, 'docker_config'),
      folder
    }),
    about: {
      hostname: flags.get('hostname') ?? host,
      port,
      portRanges: portRangesOf(flags.get('resources') ?? 'ports:[31000-32000]'),
      attributes: flags.get('attributes') ?? ''
    },
    others: new Map(),
    log,
    master: undefined
  }
  const http = valueOrFile(flags, 'http_credentials')
  const readers = http === undefined ? [] : credentialsIn(http, '--http_credentials')
  const guarded = isOn(flags, 'authenticate_http_readonly')
  await serveHttp({ host, port }, (question) =>
    guarded && question.path !== '/health' && !principalOf(question.authorization, readers)
      ? unauthorized('mesos-agent-readonly')
      : answerTo(agent, question)
  )
  log(`listens on ${host}:${port}`)
  const session = openSession(address, (reason) => {
    log(reason)
    process.exit(1)
  })
  const election = { session, path: address.path, prefix: 'json.info_', log }
  void followLeader(election, (leader) => {
    agent.master = leader && addressOf(leader.data)
    log(agent.master ? `the leading master is ${agent.master}` : 'no master leads')
  })
  await beat(agent, authorization)
}

/** The ranges of `ports:[31000-32000,80-80]` in `--resources`. @throws Error */
export function portRangesOf(resources: string): (readonly [number, number])[] {
  const list = /ports(?:\([^)]*\))?:\[([\d, -]+)\]/.exec(resources)?.[1]
  if (list === undefined) return [[31_000, 32_000]]
  return list.split(',').map((range) => {
    const [first, last] = range.split('-').map(Number)
    if (!first || !last) throw new Error(`Failed to parse resources '${resources}'`)
    return [first, last] as const
  })
}

function answerTo({ about, master }: Agent, { path }: Question): Answer {
  if (path === '/health') return { status: 200 }
  return /^(\/slave\(1\))?\/state(\.json)?$/.test(path)
    ? { status: 200, body: { version: '1.11.0', ...about, master_hostname: master } }
    : { status: 404 }
}

async function beat(agent: Agent, authorization: string | undefined): Promise<never> {
  let fault: string | undefined
  for (;;) {
    const now = await beatOnce(agent, authorization).catch((error: unknown) => String(error))
    if (now !== fault) agent.log(now === undefined ? 'registered with the master' : now)
    fault = now
    await sleep(BEAT_MS)
  }
}

/** Why it was in vain; undefined when the master has heard it. */
async function beatOnce(
  agent: Agent,
  authorization: string | undefined
): Promise<string | undefined> {
  if (agent.master === undefined) return 'waits for a leading master'
  const listed = await agent.containers.list()
  const others = [...agent.others.values()].filter(
    ({ taskId }) => !listed.some((task) => task.taskId === taskId)
  )
  const answer = await fetch(`http://${agent.master}/stand-in/agent`, {
    method: 'POST',
    headers: authorization === undefined ? {} : { authorization },
    body: JSON.stringify({ ...agent.about, tasks: [...listed, ...others] }),
    signal: AbortSignal.timeout(3_000)
  })
  if (answer.status !== 200) return `the master refused the registration: ${answer.status}`
  const { orders } = (await answer.json()) as { orders: readonly Order[] }
  for (const order of orders) void obey(agent, order)
  for (const task of listed) if (task.state === 'ENDED') void bury(agent, task)
  return undefined
}

/** The end has been reported once and stays known; the container goes. */
async function bury(agent: Agent, task: TaskReport): Promise<void> {
  agent.others.set(task.taskId, task)
  await agent.containers.remove(task.taskId).catch(() => undefined)
}

async function obey(agent: Agent, order: Order): Promise<void> {
  if ('kill' in order) {
    // A container that is not there, or ends by itself, is reported as ended anyhow.
    await agent.containers.stop(order.kill, order.graceMs).catch(() => undefined)
    return
  }
  const { taskId } = order.launch
  if (agent.others.has(taskId)) return
  const hostPorts = order.launch.ports.map(({ host }) => host)
  agent.others.set(taskId, { taskId, state: 'STAGING', hostPorts })
  try {
    checkPorts(agent, order.launch)
    await agent.containers.launch(order.launch)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    agent.log(`${taskId}: ${message}`)
    agent.others.set(taskId, { taskId, state: 'ENDED', hostPorts: [], exitStatus: 1, message })
    await agent.containers.remove(taskId).catch(() => undefined)
  }
}

/** A task may only use ports that the agent has offered. */
function checkPorts({ about }: Agent, { ports }: TaskOrder): void {
  for (const { host } of ports) {
    const offered = about.portRanges.some(([first, last]) => first <= host && host <= last)
    if (!offered) throw new Error(`port ${host} is not among the agent's resources`)
  }
}
