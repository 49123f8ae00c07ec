import type { Host, Machine } from '../lab.ts'
import { must, shell } from '../story/ask.ts'
import type { Cluster } from '../story/cluster.ts'
import { slaveWithTask } from '../story/sample-app.ts'

/** A port that answers nothing for so long is closed, whoever drops it. */
const SILENCE_S = 3

type Reach = 'open' | 'closed'

/** Tries TCP connections from a host, all at the same time. */
export async function reachable(
  from: Host,
  address: string,
  ports: readonly number[]
): Promise<ReadonlyMap<number, Reach>> {
  const one = (port: number) =>
    `(timeout ${SILENCE_S} bash -c 'exec 3<>/dev/tcp/${address}/${port}' 2>/dev/null && echo ${port} open || echo ${port} closed) &`
  const output = await must(from, shell(`${ports.map(one).join('\n')}\nwait`))
  return new Map(
    [...output.matchAll(/^(\d+) (open|closed)$/gm)].map(([, port, reach]) => [
      Number(port),
      reach as Reach
    ])
  )
}

const NAMES: Readonly<Record<number, string>> = {
  22: 'SSH',
  80: 'front door',
  2181: 'ZooKeeper',
  2888: 'ZooKeeper followers',
  3888: 'ZooKeeper election',
  5000: 'registry',
  5050: 'Mesos master',
  5051: 'Mesos agent',
  8080: 'Marathon',
  8082: 'Marathon, for Mesos',
  9090: 'gateway’s admin side',
  9091: 'gateway’s health'
}

interface Visit {
  readonly from: Host
  readonly to: Machine
  readonly open: readonly number[]
  readonly closed: readonly number[]
}

/** Ports that are to be open to the one and closed to the other, each really tried. */
export async function tryPorts(cluster: Cluster): Promise<void> {
  const { lab, master } = cluster
  const { laptop, outsider } = lab
  const slave = await slaveWithTask(cluster)
  const taskPorts = await publishedPorts(slave)
  const masterPorts = [80, 2181, 2888, 3888, 5000, 5050, 8080, 8082, 9090, 9091]
  const forLaptop = [80, 5000, 5050, 8080]
  const visits: Visit[] = [
    { from: outsider, to: master, open: [], closed: [22, ...masterPorts] },
    {
      from: laptop,
      to: master,
      open: forLaptop,
      closed: masterPorts.filter((port) => !forLaptop.includes(port))
    },
    ...slaveVisits(cluster, slave, taskPorts)
  ]
  const found = await Promise.all(
    visits.map(({ from, to, open, closed }) => reachable(from, to.address, [...open, ...closed]))
  )
  for (const [index, visit] of visits.entries()) {
    recordVisit(cluster, visit, found[index] ?? new Map())
  }
}

function slaveVisits({ lab, master }: Cluster, slave: Machine, tasks: readonly number[]): Visit[] {
  return [
    { from: lab.outsider, to: slave, open: [], closed: [22, 80, 5051, ...tasks] },
    { from: lab.laptop, to: slave, open: [80], closed: [5051, ...tasks] },
    { from: master, to: slave, open: [5051, ...tasks], closed: [] },
    { from: slave, to: master, open: [2181, 5000, 5050], closed: [9090, 9091] }
  ]
}

function recordVisit(
  { report }: Cluster,
  { from, to, open, closed }: Visit,
  found: ReadonlyMap<number, Reach>
): void {
  const record = (ports: readonly number[], expected: Reach) => {
    for (const port of ports) {
      const name = NAMES[port] ?? 'a task'
      const got = found.get(port) ?? 'closed'
      report.attempt({ tried: `${to.name}:${port} (${name})`, from: from.name, expected, got })
    }
  }
  record(open, 'open')
  record(closed, 'closed')
}

/** Ports at which the slave's containers are published. */
async function publishedPorts(slave: Machine): Promise<readonly number[]> {
  const output = await must(slave, shell("docker ps --format '{{.Ports}}'"))
  return [...new Set([...output.matchAll(/0\.0\.0\.0:(\d+)->/g)].map(([, port]) => Number(port)))]
}

/** What may listen where: `*` is every address of the machine. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  master: ['*:80', '*:5000', '*:8080', 'own:2181', 'own:5050', '127.0.0.1:9090', '127.0.0.1:9091'],
  slave: ['own:5051']
}
/** A quorum's own ports, Marathon's for Mesos, a gateway on an agent, Docker's published ports, the system's. */
const TOLERATED = /^(own:(2888|3888|8082)|\*:(22|80|3[12]\d{3})|127\.0\.0\.\d+:\d+)$/

/** @throws Error that names what listens though nobody promised it, or doesn't though it was */
export async function expectListeners({ masters, slaves }: Cluster): Promise<string> {
  const lines: string[] = []
  for (const machine of [...masters, ...slaves]) {
    const role = masters.includes(machine) ? 'master' : 'slave'
    const own = role === 'master' && machine !== masters[0] ? ['*:5000'] : []
    const wanted = (ALLOWED[role] ?? []).filter((each) => !own.includes(each))
    const found = await listeners(machine)
    const missing = wanted.filter((each) => !found.has(each))
    const excess = [...found].filter((each) => !wanted.includes(each) && !TOLERATED.test(each))
    if (missing.length > 0)
      throw new Error(`${machine.name}: nothing listens at ${missing.join(', ')}`)
    if (excess.length > 0) throw new Error(`${machine.name}: ${excess.join(', ')} listens unasked`)
    lines.push(`${machine.name}: ${[...found].sort().join(' ')}`)
  }
  return lines.join('\n')
}

async function listeners({ address, ...machine }: Machine): Promise<ReadonlySet<string>> {
  const output = await machine.run(['ss', '--tcp', '--listening', '--numeric', '--no-header'])
  const at = output.stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[3] ?? '')
    .filter((local) => local !== '')
  return new Set(
    at.map((local) =>
      local
        .replace(/^\[::ffff:([\d.]+)\]/, '$1')
        .replace(/^(\[::\]|0\.0\.0\.0|\*)(?=:\d+$)/, '*')
        .replace(new RegExp(`^${address.replaceAll('.', '\\.')}:`), 'own:')
        .replace(/%\w+(?=:\d+$)/, '')
    )
  )
}
