import type { Machine } from '../lab.ts'
import { must, shell } from '../story/ask.ts'
import type { Cluster } from '../story/cluster.ts'
import { slaveWithTask } from '../story/sample-app.ts'

/** Connects from inside a container that has Node and no shell. */
const CONNECT = `
const [host, port] = process.argv.slice(1)
const socket = require('node:net').connect({ host, port, timeout: 2000 })
const end = (word) => { console.log(word); process.exit() }
socket.on('connect', () => end('open')).on('error', () => end('closed')).on('timeout', () => end('closed'))`

/** A task's packets leave with its agent's address, and yet it is no machine of the cluster. */
export async function tryFromTask(cluster: Cluster): Promise<void> {
  const { report, master, registry } = cluster
  const slave = await slaveWithTask(cluster)
  const tries: readonly (readonly [Machine, number, string, string])[] = [
    [master, 2181, 'ZooKeeper', 'closed'],
    [slave, 5051, 'Mesos agent', 'closed'],
    [master, 80, 'front door', 'open']
  ]
  const container = await must(
    slave,
    shell('docker ps -q --filter ancestor=$0 | head -n 1', `${registry}/myapp`)
  )
  for (const [to, port, name, expected] of tries) {
    const inside = [
      'docker',
      'exec',
      container.trim(),
      'node',
      '--eval',
      CONNECT,
      to.address,
      String(port)
    ]
    const got = (await must(slave, inside)).trim()
    report.attempt({
      tried: `${to.name}:${port} (${name})`,
      from: `a task on ${slave.name}`,
      expected,
      got
    })
  }
}

/** The registry gives images to those who log in, over TLS. */
export async function tryPulls({ report, slaves, registry }: Cluster): Promise<void> {
  const [slave] = slaves
  if (slave === undefined) throw new Error('there is no slave')
  const image = `${registry}/myapp`
  const tries: readonly (readonly [string, string, string])[] = [
    ['docker pull without a login', '/nonexistent', 'refused'],
    ['docker pull with the agents’ login', '/etc/docker/cluster', 'pulled']
  ]
  for (const [tried, config, expected] of tries) {
    const { code } = await slave.run(['docker', '--config', config, 'pull', '--quiet', image])
    report.attempt({ tried, from: slave.name, expected, got: code === 0 ? 'pulled' : 'refused' })
  }
  const { stdout } = await slave.run(
    shell('curl -s -o /dev/null -w "%{http_code}" "http://$0/v2/"', registry)
  )
  const got = stdout === '200' || stdout === '401' ? 'served' : 'refused'
  report.attempt({ tried: 'the registry without TLS', from: slave.name, expected: 'refused', got })
}
