import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { zookeeperAddress } from '../zookeeper/address.ts'
import { followLeader, type Leader, stand } from '../zookeeper/election.ts'
import { openSession } from '../zookeeper/session.ts'
import { type Acls, allows } from './acls.ts'
import { type Credential, credentialsIn, principalOf } from './credentials.ts'
import { type Flags, isOn, required, valueOrFile } from './flags.ts'
import { type Answer, type Question, serveHttp, unauthorized } from './http-server.ts'
import type { AgentReport, AgentView, Order } from './messages.ts'

/** An agent is unreachable after so long a silence. */
const SILENCE_MS = 15_000
const REALM = 'mesos-master-readonly'
const FORBIDDEN: Answer = { status: 403, body: { message: 'the ACLs do not allow it' } }

interface AgentRecord {
  readonly id: string
  report: AgentReport
  seenAt: number
  orders: Order[]
}

interface Master {
  readonly flags: Flags
  readonly credentials: readonly Credential[]
  readonly acls: Acls
  readonly id: string
  readonly address: string
  readonly agents: Map<string, AgentRecord>
  readonly frameworks: Map<string, string>
  /** Where frameworks were called back, and whether they answered. */
  readonly callbacks: Map<string, boolean>
  leader: { readonly node: string; readonly address: string } | undefined
  node: string | undefined
}

/** Stands in for `mesos-master`. @throws Error for what Mesos would refuse to start with */
export async function runMaster(flags: Flags, log: (line: string) => void): Promise<void> {
  required(flags.get('work_dir'), 'work_dir')
  required(flags.get('quorum'), 'quorum')
  const address = zookeeperAddress(required(valueOrFile(flags, 'zk'), 'zk'))
  const host = flags.get('ip') ?? '0.0.0.0'
  const port = Number(flags.get('port') ?? 5050)
  const name = flags.get('advertise_ip') ?? flags.get('hostname') ?? host
  const credentials = valueOrFile(flags, 'credentials')
  const master: Master = {
    flags,
    credentials: credentials === undefined ? [] : credentialsIn(credentials, '--credentials'),
    acls: JSON.parse(valueOrFile(flags, 'acls') ?? '{}') as Acls,
    id: randomUUID(),
    address: `${name}:${port}`,
    agents: new Map(),
    frameworks: new Map(),
    callbacks: new Map(),
    leader: undefined,
    node: undefined
  }
  await serveHttp({ host, port }, (question) => answerTo(master, question))
  log(`listens on ${host}:${port}`)
  const session = openSession(address, (reason) => {
    log(`${reason}; committing suicide`)
    process.exit(1)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      session.close()
      setTimeout(() => process.exit(0), 200)
    })
  }
  const election = { session, path: address.path, prefix: 'json.info_', log }
  const [, hostname = name] = /^(.*):\d+$/.exec(master.address) ?? []
  const info = { id: master.id, hostname, port, pid: `master@${master.address}`, version: '1.11.0' }
  master.node = await stand(election, JSON.stringify({ ...info, address: { ip: hostname, port } }))
  await followLeader(election, (leader) => onLeader(master, leader, log))
}

function onLeader(master: Master, leader: Leader | undefined, log: (line: string) => void): void {
  master.leader = leader && { node: leader.node, address: addressOf(leader.data) }
  master.agents.clear()
  master.frameworks.clear()
  master.callbacks.clear()
  log(leader ? `the leading master is ${master.leader?.address}` : 'no master leads')
}

/** host:port in a candidate's data. */
export function addressOf(data: string): string {
  const { address } = JSON.parse(data) as { address: { ip: string; port: number } }
  return `${address.ip}:${address.port}`
}

function answerTo(master: Master, question: Question): Answer {
  const path = question.path.replace(/^\/master(?=\/)/, '')
  if (path === '/health') return { status: 200 }
  if (path === '/redirect') {
    const { leader } = master
    if (leader === undefined) return { status: 503, body: { message: 'no leader elected' } }
    return { status: 307, headers: { Location: `//${leader.address}` } }
  }
  if (path.startsWith('/stand-in/')) return answerCluster(master, path, question)
  if (isOn(master.flags, 'authenticate_http_readonly')) {
    if (principalOf(question.authorization, master.credentials) === undefined) {
      return unauthorized(REALM)
    }
  }
  return path === '/state' || path === '/state.json' || path === '/slaves' || path === '/'
    ? { status: 200, body: stateOf(master) }
    : { status: 404 }
}

function stateOf(master: Master) {
  const { id, address, leader, flags, agents, frameworks } = master
  return {
    version: '1.11.0',
    id,
    hostname: address,
    cluster: flags.get('cluster'),
    leader: leader?.address,
    slaves: [...agents.values()].map((agent) => viewOf(agent)),
    frameworks: [...frameworks].map(([name, principal]) => ({ name, principal, active: true }))
  }
}

function viewOf({ id, report, seenAt }: AgentRecord): AgentView {
  return { ...report, id, reachable: Date.now() - seenAt < SILENCE_MS }
}

/** What agents and frameworks say over libprocess in Mesos. */
function answerCluster(master: Master, path: string, question: Question): Answer {
  if (master.leader === undefined || master.leader.node !== master.node) {
    return { status: 503, body: { message: 'this master does not lead' } }
  }
  const known = principalOf(question.authorization, master.credentials)
  if (path === '/stand-in/agent') {
    if (known === undefined && isOn(master.flags, 'authenticate_agents'))
      return unauthorized('agents')
    const object = { key: 'agents', value: 'ANY' }
    if (!allows(master.acls, 'register_agents', known ?? '', object)) return FORBIDDEN
    return hear(master, question.body as AgentReport)
  }
  if (known === undefined && isOn(master.flags, 'authenticate_frameworks')) {
    return unauthorized('frameworks')
  }
  const object = { key: 'roles', value: '*' }
  if (!allows(master.acls, 'register_frameworks', known ?? '', object)) return FORBIDDEN
  return serveFramework(master, path, { ...question, principal: known ?? '' })
}

function hear(master: Master, report: AgentReport): Answer {
  const before = master.agents.get(report.hostname)
  const agent = before ?? {
    id: `${master.id}-S${master.agents.size}`,
    report,
    seenAt: 0,
    orders: []
  }
  const { orders } = agent
  master.agents.set(
    report.hostname,
    Object.assign(agent, { report, seenAt: Date.now(), orders: [] })
  )
  return { status: 200, body: { orders } }
}

function serveFramework(
  master: Master,
  path: string,
  { principal, callback, body }: Question & { readonly principal: string }
): Answer {
  if (!calledBack(master.callbacks, callback)) {
    return { status: 503, body: { message: `the framework does not answer at ${callback}` } }
  }
  master.frameworks.set('marathon', principal)
  if (path === '/stand-in/agents') {
    return {
      status: 200,
      body: { agents: [...master.agents.values()].map((agent) => viewOf(agent)) }
    }
  }
  const { hostname, user, order } = body as { hostname: string; user: string; order: Order }
  if (!allows(master.acls, 'run_tasks', principal, { key: 'users', value: user })) return FORBIDDEN
  const agent = master.agents.get(hostname)
  if (agent === undefined) return { status: 404, body: { message: `no agent ${hostname}` } }
  agent.orders.push(order)
  return { status: 202 }
}

/** Mesos speaks to a framework at the framework's own address; one that it can't reach never registers. */
function calledBack(callbacks: Map<string, boolean>, callback: string | undefined): boolean {
  const [, host, port] = /^([\d.]+):(\d+)$/.exec(callback ?? '') ?? []
  if (callback === undefined || host === undefined) return false
  if (!callbacks.has(callback)) {
    callbacks.set(callback, false)
    const socket = connect({ host, port: Number(port), timeout: 2_000 })
    socket.once('connect', () => callbacks.set(callback, true))
    socket.once('timeout', () => socket.destroy(new Error('too slow')))
    socket.once('error', () => callbacks.delete(callback))
    socket.once('connect', () => socket.destroy())
  }
  return callbacks.get(callback) ?? false
}
