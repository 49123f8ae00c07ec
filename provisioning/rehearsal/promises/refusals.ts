import type { Host } from '../lab.ts'
import { type AskOptions, ask, shell } from '../story/ask.ts'
import { AUTHORITY, type Cluster } from '../story/cluster.ts'

interface Door {
  readonly name: string
  readonly from: Host
  readonly url: string
  /** Credentials that open it. */
  readonly right: AskOptions
  readonly wrong: AskOptions
  readonly authority?: string
  /** Status with the right ones. */
  readonly opens: number
}

const basic = (user: string, secret: string) => ({
  right: { user: `${user}:${secret}` },
  wrong: { user: `${user}:wrong` },
  opens: 200
})

/** Every door that asks for credentials is tried without, with wrong and with the right ones. */
export async function tryDoors(cluster: Cluster): Promise<void> {
  for (const door of await doorsOf(cluster)) {
    const common = door.authority === undefined ? {} : { authority: door.authority }
    const tries: readonly (readonly [string, AskOptions, number])[] = [
      ['without credentials', {}, 401],
      ['with wrong credentials', door.wrong, 401],
      ['with its credentials', door.right, door.opens]
    ]
    for (const [how, options, expected] of tries) {
      const { status } = await ask(door.from, door.url, { ...common, ...options })
      cluster.report.attempt({
        tried: `${door.name} ${how}`,
        from: door.from.name,
        expected: String(expected),
        got: String(status)
      })
    }
  }
}

async function doorsOf({ lab, master, slaves, registry, secret }: Cluster): Promise<Door[]> {
  const marathon = basic('admin', await secret('marathon-http'))
  const mesos = basic('admin', await secret('mesos-http'))
  const token = await secret('gateway-admin')
  const [slave] = slaves
  const { laptop } = lab
  return [
    { name: 'Marathon', from: laptop, url: `http://${master.address}:8080/v2/apps`, ...marathon },
    {
      name: 'Marathon, forwarded',
      from: laptop,
      url: 'http://127.0.0.1:8080/v2/apps',
      ...marathon
    },
    { name: 'Mesos master', from: laptop, url: `http://${master.address}:5050/state`, ...mesos },
    {
      name: 'registry',
      from: master,
      url: `https://${registry}/v2/_catalog`,
      authority: AUTHORITY(registry),
      ...basic('cluster', await secret('registry'))
    },
    {
      name: 'gateway’s admin side',
      from: master,
      url: 'http://127.0.0.1:9090/routes',
      right: { headers: [`Authorization: Bearer ${token}`] },
      wrong: { headers: ['Authorization: Bearer wrong'] },
      opens: 200
    },
    ...(slave === undefined
      ? []
      : [
          { name: 'Mesos agent', from: master, url: `http://${slave.address}:5051/state`, ...mesos }
        ])
  ]
}

/** Who may register with Mesos, and read ZooKeeper. */
export async function tryMembership(cluster: Cluster): Promise<void> {
  const { report, master, slaves, secret } = cluster
  const [slave = master] = slaves
  const leader = await leadingMaster(cluster)
  const agent = { body: '{"hostname":"stranger","port":1,"portRanges":[],"tasks":[]}' }
  const register = (path: string, options: AskOptions) =>
    ask(slave, `http://${leader}:5050/stand-in/${path}`, options)
  const tries: readonly (readonly [string, string, AskOptions, number])[] = [
    ['an agent without a secret registers', 'agent', agent, 401],
    ['an agent with a wrong secret registers', 'agent', { ...agent, user: 'agent:wrong' }, 401],
    [
      'Marathon’s principal registers as an agent',
      'agent',
      { ...agent, user: `marathon:${await secret('mesos-marathon')}` },
      403
    ],
    ['a framework without a secret registers', 'agents', {}, 401],
    [
      'an agent’s principal registers as a framework',
      'agents',
      { user: `agent:${await secret('mesos-agent')}` },
      403
    ]
  ]
  for (const [tried, path, options, status] of tries) {
    const { status: got } = await register(path, options)
    report.attempt({ tried, from: slave.name, expected: String(status), got: String(got) })
  }
  await tryZookeeper(cluster)
}

async function leadingMaster({ masters, lab }: Cluster): Promise<string> {
  for (const { address } of masters) {
    const { stdout } = await lab.laptop.run(
      shell(`curl -s -o /dev/null -w '%{redirect_url}' http://${address}:5050/redirect`)
    )
    const host = /\/\/([\d.]+):/.exec(stdout)?.[1]
    if (host !== undefined) return host
  }
  throw new Error('no Mesos master says who leads')
}

/** The stand-in's own client asks; the server and its lists are real. */
async function tryZookeeper({ report, master, secret }: Cluster): Promise<void> {
  const servers = `${master.address}:2181`
  const mesos = `mesos:${await secret('zookeeper-mesos')}@`
  const tries: readonly (readonly [string, string, string])[] = [
    ['ZooKeeper without credentials', '', 'refused'],
    ['ZooKeeper’s /mesos with a wrong secret', 'mesos:wrong@', 'refused'],
    ['ZooKeeper’s /mesos with its secret', mesos, 'read']
  ]
  for (const [tried, user, expected] of tries) {
    const { stdout } = await master.run(
      ['/usr/lib/aventer-mesos/node', '/usr/lib/aventer-mesos/zookeeper/probe.ts'],
      { input: `zk://${user}${servers}/mesos`, timeoutMs: 30_000 }
    )
    report.attempt({ tried, from: master.name, expected, got: stdout.trim() })
  }
}
